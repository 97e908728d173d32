import { join } from "node:path";
import { createEvaluator, type Evaluator } from "./load/evaluate.ts";
import { type DefinitionFile, findDefinitions } from "./load/find.ts";
import type { ProjectOptions } from "./options.ts";

export type { Evaluator } from "./load/evaluate.ts";

/**
 * startEvaluator starts what will evaluate the definition that is meant, for a command that has much to load before it builds or validates:
 * the process takes as long to start as the command itself. Pass it on as `evaluator` of the same options, which also closes it. Nothing is
 * started, and nothing thrown, where the definition is no module or cannot be found, or where all of a workspace are meant.
 */
export function startEvaluator(options: ProjectOptions): Evaluator | undefined {
  const [file] = options.all === true ? [] : definitionsOf(options);
  if (file === undefined || !isModule(file.path)) return undefined;
  const evaluator = evaluatorOf(file.workspaceRoot, options);
  evaluator.start();
  evaluator.prefetch(file.path);
  return evaluator;
}

// What is wrong with them is told when they are looked for in earnest.
function definitionsOf({ cwd, entry }: ProjectOptions): readonly DefinitionFile[] {
  try {
    return findDefinitions({ cwd, entry });
  } catch {
    return [];
  }
}

/** evaluatorOf makes the evaluator of a workspace as the options of a project say. */
export function evaluatorOf(workspaceRoot: string, options: ProjectOptions): Evaluator {
  const { env, environment, trustDefinition, installation, cacheDir, signal } = options;
  return createEvaluator({
    workspaceRoot,
    installation: installation ?? { resolve: () => undefined, readable: [] },
    env,
    environment,
    trust: trustDefinition,
    signal,
    cacheDirectory: cacheDir === undefined ? undefined : join(cacheDir, "stripped"),
  });
}

/** isModule tells the definitions that are evaluated from those that are read. */
export const isModule = (path: string): boolean => /\.m?[jt]s$/.test(path);
