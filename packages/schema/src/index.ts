export {
  type AdapterConfig,
  type AdapterFeatures,
  adapterConfigSchema,
  adapterFeaturesSchema,
  type Fidelity,
  fidelities,
  type MaterializationTarget,
} from "./adapter-config.ts";
export { type CheckOptions, checkDocument, type Field, formatField, type Positions } from "./check-document.ts";
export {
  type AgentConfig,
  type Config,
  configSchemas,
  type PackageConfig,
  type ProfileConfig,
  type SourceConfig,
} from "./config.ts";
export { type FoundCredential, findCredentials, namesCredential } from "./credentials.ts";
export {
  defineAdapter,
  defineAgent,
  defineMcp,
  definePackage,
  definePersona,
  defineProfile,
  defineSubagents,
} from "./define.ts";
export {
  type Agent,
  type AgentDefinition,
  agentDefinitionSchema,
  definedLayers,
  type Package,
  type PackageDefinition,
  packageDefinitionSchema,
  type RuntimeHints,
  type WorkspaceSource,
} from "./definition.ts";
export { type Deprecation, deprecatedFields, deprecations } from "./deprecation.ts";
export { diagnosticCodes } from "./diagnostic-codes.ts";
export {
  compareBytes,
  type Digest,
  type FileEntry,
  type FileTree,
  fileEntry,
  readEntry,
  sortTree,
} from "./file-tree.ts";
export { type DocumentName, documentSchemas, jsonSchemaOf } from "./json-schema.ts";
export { type Markdown, positionsOf, readMarkdown, splitFrontMatter } from "./kinds/front-matter.ts";
export {
  kindOf,
  type LayerName,
  type Layers,
  layerKinds,
  layerNameOf,
  layerNames,
  layersAllowedIn,
  type PathLayerName,
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
export { allowedTools, type Skill, type SkillHeader, type Skills, skillHeader } from "./kinds/skills.ts";
export type { SourceSnapshot } from "./kinds/source-snapshot.ts";
export type { Subagent, Subagents, SubagentsDefinition } from "./kinds/subagents.ts";
export { type Surface, type SurfaceName, type Surfaces, surfaceNames } from "./kinds/surfaces.ts";
export { mcpFindings } from "./mcp-findings.ts";
export {
  type ArtifactKind,
  annotations,
  artifactKindOf,
  artifactTypes,
  configMediaTypes,
  payloadMediaTypes,
  referrerTypes,
} from "./media-types.ts";
export {
  nameFrom,
  namePattern,
  nameSchema,
  skillNamePattern,
  specVersion,
  versionPattern,
  versionSchema,
} from "./name.ts";
export { nearest } from "./nearest.ts";
export { type MergedLayerName, mergedLayerNames, type Overrides, overridesSchema } from "./overrides.ts";
export { type PackageReferenceForm, packageReferenceForm } from "./package-reference.ts";
export { personaFindings } from "./persona-findings.ts";
export { type ParsedValue, parseValue, type Value } from "./placeholder.ts";
export { type Profile, type ProfileDefinition, profileDefinitionSchema } from "./profile.ts";
export { referrerConfigSchemas } from "./referrers.ts";
export { secretShape } from "./secret-value.ts";
export { type RenderedTemplate, renderTemplate, type Unresolved } from "./template.ts";
