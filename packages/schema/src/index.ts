export { type CheckOptions, checkDocument, type Field, formatField, type Positions } from "./check-document.ts";
export {
  compareBytes,
  type Digest,
  type FileEntry,
  type FileTree,
  fileEntry,
  readEntry,
  sortTree,
} from "./file-tree.ts";
export { type Markdown, positionsOf, readMarkdown, splitFrontMatter } from "./kinds/front-matter.ts";
export {
  kindOf,
  type LayerName,
  type Layers,
  layerKinds,
  layerNameOf,
  layerNames,
  layersAllowedIn,
  type Payload,
  type RenderedLayerName,
} from "./kinds/index.ts";
export type { Instruction, InstructionTree } from "./kinds/instruction-tree.ts";
export type { AnyKind, Carrier, JsonKind, ParseContext, PayloadOf, Text, TextKind, TreeKind } from "./kinds/kind.ts";
export type { Knowledge, KnowledgeMetadata } from "./kinds/knowledge.ts";
export type { Mcp, McpDefinition, McpServer } from "./kinds/mcp.ts";
export { type Memory, type MemoryMeta, memoryMetaSchema } from "./kinds/memory.ts";
export type { Packages, ResolvedPackage } from "./kinds/packages.ts";
export type { Persona, PersonaDefinition } from "./kinds/persona.ts";
export { defaultPriority, orderRules, type Rule, type Rules } from "./kinds/rules.ts";
export { environmentNameOf, type SecretDeclaration, type Secrets } from "./kinds/secrets.ts";
export { allowedTools, type Skill, type SkillHeader, type Skills } from "./kinds/skills.ts";
export type { SourceSnapshot } from "./kinds/source-snapshot.ts";
export type { Subagent, Subagents, SubagentsDefinition } from "./kinds/subagents.ts";
export { type Surface, type SurfaceName, type Surfaces, surfaceNames } from "./kinds/surfaces.ts";
export { namePattern, nameSchema, skillNamePattern, specVersion, versionPattern, versionSchema } from "./name.ts";
export { nearest } from "./nearest.ts";
