export {
  type Build,
  type BuildEvent,
  type BuildOptions,
  type BuiltArtifact,
  type BuiltIndex,
  type BuiltLayer,
  buildProject,
} from "./build-project.ts";
export { BuildError, diagnosticCodes, errorCodes } from "./error.ts";
export { type DefinitionFile, findDefinitions, type Installation, workspaceRootOf } from "./load/index.ts";
export type { AdapterSource, ProjectOptions } from "./options.ts";
export { applyEdits, editReferences, type ReferenceEdit } from "./packages/edit-references.ts";
export type { LockMode } from "./packages/project-graph.ts";
export {
  type ResolvedDefinition,
  type ResolvedWorkspace,
  type ResolveWorkspaceOptions,
  resolveWorkspace,
} from "./resolve-workspace.ts";
export { type Scaffold, type ScaffoldOptions, scaffold, scaffoldTemplates } from "./scaffold/scaffold.ts";
export { type ImportedProject, scaffoldImport } from "./scaffold/scaffold-import.ts";
export { type ValidatedProject, type Validation, validateProject } from "./validate-project.ts";
