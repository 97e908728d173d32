export { type DataDocument, readDataDefinition } from "./data.ts";
export { loadDiagnosticCodes, loadErrorCategories, loadErrorCodes } from "./error-codes.ts";
export {
  createEvaluator,
  type Evaluated,
  type Evaluator,
  type EvaluatorOptions,
  type Installation,
} from "./evaluate.ts";
export {
  type DefinitionFile,
  type DefinitionKind,
  type FindOptions,
  findDefinitions,
  holdsDefinition,
} from "./find.ts";
export { type LoadedDefinition, loadDefinition } from "./load-definition.ts";
export { workspaceRootOf } from "./workspace-root.ts";
