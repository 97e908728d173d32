import { readFileSync } from "node:fs";
import { extname } from "node:path";
import type { Diagnostic } from "@stax/errors";
import type { Positions } from "@stax/schema";
import { BuildError } from "../error.ts";
import { containedPath } from "./contained-path.ts";
import { readDataDefinition } from "./data.ts";
import type { Evaluator } from "./evaluate.ts";

/** LoadedDefinition is what a definition file says, as plain JSON data that nothing has checked yet. */
export interface LoadedDefinition {
  readonly value: unknown;
  /** Where a field stands in the file; the file is parsed when the first position is asked for. */
  readonly positions: Positions;
  /** Absolute, links resolved. */
  readonly path: string;
  readonly warnings: readonly Diagnostic[];
}

/**
 * loadDefinition loads a definition file: `.json`, `.yaml` and `.yml` are read, `.ts`, `.mts`, `.js` and `.mjs` evaluated. Data and
 * modules give the same value for the same definition. Every error is a BuildError of `loadErrorCodes` whose diagnostics carry the file
 * (relative to the workspace), line, column and field.
 */
export async function loadDefinition(file: string, evaluator: Evaluator): Promise<LoadedDefinition> {
  switch (extname(file)) {
    case ".json":
    case ".yaml":
    case ".yml":
      return loadData(file, evaluator.workspaceRoot);
    case ".ts":
    case ".mts":
    case ".js":
    case ".mjs":
      return loadModule(file, evaluator);
    default:
      throw new BuildError("DEFINITION_KIND_UNKNOWN", `${file} is neither a module nor data`, {
        hint: "definitions are .ts, .mts, .js, .mjs, .json, .yaml or .yml files",
      });
  }
}

function loadData(file: string, workspaceRoot: string): LoadedDefinition {
  const path = containedPath(file, workspaceRoot);
  return { ...readDataDefinition(path, workspaceRoot), path, warnings: [] };
}

async function loadModule(file: string, evaluator: Evaluator): Promise<LoadedDefinition> {
  const path = containedPath(file, evaluator.workspaceRoot);
  // While the child works, this process has time to load the parser, and what tells of failures.
  const [{ value, warnings }, { modulePositions }] = await Promise.all([
    evaluator.evaluate(path),
    import("./positions.ts"),
    import("./failure.ts"),
  ]);
  let positions: Positions | undefined;
  const lazily: Positions = (field) => {
    positions ??= modulePositions(readFileSync(path, "utf8"), path);
    return positions(field);
  };
  return { value, positions: lazily, path, warnings };
}
