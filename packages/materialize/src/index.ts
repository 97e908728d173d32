export type {
  Adapter,
  AdapterContract,
  Answered,
  Budget,
  Import,
  ModelOptions,
  ModelParam,
  NoticeRule,
  RuntimeFile,
  StandIn,
} from "./adapter-contract.ts";
export { adapterFindings } from "./adapter-findings.ts";
export { type Applied, type ApplyEvent, type ApplyOptions, apply, inverse } from "./apply.ts";
export type { Clash } from "./collisions.ts";
export { commandFindings, isOnPath } from "./command-findings.ts";
export { type Composed, type ComposedFile, type ComposedKeys, compose } from "./compose.ts";
export { type ContextLoad, contextLoad, type LimitUse } from "./context-load.ts";
export type {
  CapabilityUse,
  Carried,
  ConfigOutput,
  Context,
  DocumentOutput,
  Feature,
  FilesOutput,
  Found,
  Json,
  JsonObject,
  Loss,
  LossOptions,
  Notice,
  Output,
  Part,
  PathByScope,
  Piece,
  Read,
  ReadContext,
  Reader,
  Recovered,
  RenderOptions,
  Scope,
  Section,
} from "./contract.ts";
export { config, defineAdapter, document, files } from "./define-adapter.ts";
export { tomlFile } from "./edit-toml.ts";
export { diagnosticCodes, errorCodes, MaterializeError } from "./error.ts";
export { features, fieldsOf, itemsOf } from "./features.ts";
export {
  FidelityReport,
  type ItemReport,
  type Reach,
  reaches,
  type Shortfall,
  shortfallsOf,
} from "./fidelity-report.ts";
export { matchesGitignore, type PortableGlobs, portableGlobs, ruleGlobs } from "./glob.ts";
export { recover } from "./journal.ts";
export { leakFindings } from "./leak-findings.ts";
export { leftAdapterFindings } from "./left-adapters.ts";
export { frontMatter, markdownFile, oneLine, rank } from "./markdown.ts";
export {
  type ExactReport,
  isRefused,
  type Materialization,
  type MaterializeOptions,
  materialize,
} from "./materialize.ts";
export { commonModelParams } from "./model-params.ts";
export { besideFindings } from "./notices.ts";
export type { Change, Conflict, PlanOptions, Target } from "./outcome.ts";
export type { Claim, Origin, Owned } from "./owned.ts";
export {
  mcpServers,
  type RemoteServer,
  type Server,
  type StdioServer,
  serversOf,
  writeValue,
  writeValues,
} from "./parts/mcp-servers.ts";
export {
  allSurfaceSections,
  knowledgeDirectory,
  knowledgePointer,
  leftOut,
  nestedInstructions,
  personaSection,
  personaSummary,
  promptSection,
  rootInstructions,
  ruleSections,
  surfaceSections,
} from "./parts/root-document.ts";
export { below, knowledgeTree, skillTrees } from "./parts/trees.ts";
export { collisionKey, matchesClaim, pathProblem } from "./path.ts";
export { type Plan, plan } from "./plan.ts";
export { isUsed, readablePaths } from "./read/claims.ts";
export { commandsAsSkills } from "./read/commands.ts";
export { readRootDocuments, readSurfaceDocument, readSurfaceFile } from "./read/documents.ts";
export { type FoundFiles, findFiles } from "./read/find-files.ts";
export { findingsInto } from "./read/findings-into.ts";
export { type ImportOptions, importRuntimes, type RuntimeImport } from "./read/import-runtimes.ts";
export { reportImports } from "./read/imports.ts";
export { readKnowledge } from "./read/knowledge.ts";
export { type LenientMarkdown, lenientMarkdown, listField, stringField } from "./read/lenient-front-matter.ts";
export { readMemory } from "./read/memory.ts";
export { mergeRecovered } from "./read/merge-recovered.ts";
export { isObject, parseConfig } from "./read/parse-config.ts";
export {
  type Imported,
  type ReadFile,
  type ReadOptions,
  readRuntime,
} from "./read/read-runtime.ts";
export { ruleWithin } from "./read/rule-within.ts";
export { type FoundRule, rulesLayer } from "./read/rules.ts";
export {
  type FoundServer,
  type Notation,
  notations,
  readServers,
  type ServerDialect,
  type ServerReader,
  serversLayer,
  stringOf,
  stringsOf,
} from "./read/servers.ts";
export { firstSentence, readSkillTrees, skillDocument, skillNameOf, skillsLayer } from "./read/skills.ts";
export { type FoundSubagent, readMarkdownSubagents, subagentName, subagentsLayer } from "./read/subagents.ts";
export { readLimit, textOf } from "./read/text-of.ts";
export { looksSecret } from "./read/without-credentials.ts";
export { atWorkspaceFolder } from "./read/workspace-folder.ts";
export { formatRecord, readRecord, recordPath } from "./record.ts";
export { render } from "./render.ts";
export type { FileFragment, Fragment, ItemName, KeysFragment, Rendering, SectionFragment } from "./rendering.ts";
export { type Risk, riskOf, type ServerOrigin } from "./risk.ts";
export { type Disk, type FileState, noDisk, openForReading, Root } from "./root.ts";
export { adapterFor, type Selection, selectAdapters } from "./select-adapter.ts";
export { type SkillVariables, splitArguments, substituteSkillVariables } from "./skill-variables.ts";
export { slugOf } from "./slug.ts";
export {
  type ConsumerSummary,
  describeAgent,
  type FeatureSummary,
  type FidelityClass,
  type Summary,
  summarize,
  type WriteSummary,
} from "./summarize.ts";
