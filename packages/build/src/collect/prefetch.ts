import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Carrier, definedLayers } from "@stax/schema";
import { isModule } from "../evaluator.ts";
import type { LayerScope } from "./collect-layers.ts";
import { isProblem, resolveDeclared } from "./declared-path.ts";

/**
 * prefetchModules begins to evaluate the modules that a definition names, so that they are ready when their turn comes: the process that
 * evaluates them has nothing to do while directories are read. Only what will be evaluated anyway; problems are reported in their turn.
 */
export function prefetchModules(
  scope: LayerScope,
  carrier: Carrier,
  definition: Readonly<Record<string, unknown>>,
  personas: "default" | "all",
): void {
  const modules = definedLayers(carrier).filter(({ source }) => source !== "directory");
  const declared = modules.map(({ name }) => definition[name]);
  const others = carrier === "agent" && personas === "all" ? personasOf(scope) : [];
  for (const path of [...declared, ...others]) if (typeof path === "string" && isModule(path)) prefetch(scope, path);
}

function personasOf({ file }: LayerScope): readonly string[] {
  const directory = join(file.directory, "personas");
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => !name.startsWith("_") && !/\.(?:d|test)\.m?ts$/.test(name))
    .sort()
    .map((name) => `./personas/${name}`);
}

function prefetch({ session, file }: LayerScope, declared: string): void {
  const found = resolveDeclared(declared, {
    from: file.directory,
    root: file.directory,
    kind: "file",
    allowOutsideRoot: false,
    followLinks: false,
  });
  if (!isProblem(found)) session.prefetch(found.path, file.workspaceRoot);
}
