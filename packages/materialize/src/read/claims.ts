import type { FileEntry } from "@stax/schema";
import type { Adapter } from "../adapter-contract.ts";
import type { Feature, JsonObject, Output, PathByScope, Read, Scope } from "../contract.ts";
import { pathOf } from "../define-adapter.ts";
import { matchesClaim, parentOf } from "../path.ts";

/** Files are what was found, by path. */
export type Files = ReadonlyMap<string, FileEntry>;
/** AnyPart is a part of which only the way back counts. */
export type AnyPart<Out> = { readonly read?: Read<Out> };

/** isUsed tells whether files (paths relative to the root) show that a repository is used with a runtime. */
export const isUsed = (adapter: Adapter, paths: Iterable<string>): boolean =>
  [...paths].some((path) => (adapter.import?.signs ?? []).some((sign) => matchesClaim(sign, path)));

/** readablePaths gives the globs that an adapter reads: what else is below a root need not be looked at. */
export function readablePaths(adapter: Adapter, scope: Scope = "project"): readonly string[] {
  const { readers = [], directories = [], signs = [], configs = [] } = adapter.import ?? {};
  const included = adapter.outputs.flatMap((output) => includedPaths(adapter, output, scope));
  return [
    ...new Set([
      ...adapter.outputs.flatMap((output) => claimsOf(adapter, output, scope)),
      ...included,
      ...readers.flatMap(({ claims }) => byScope(claims, scope)),
      ...configs.flatMap((path) => byScope(path, scope)),
      ...standInsOf(adapter, {}, scope),
      ...directories.map((directory) => `${directory}/**`),
      ...signs,
      ...adapter.runtimeFiles.filter((file) => file.scope === scope).map(({ path }) => path),
    ]),
  ];
}

// In user scope the directories below a home are other projects'.
function includedPaths(adapter: Adapter, output: Output<Feature, never>, scope: Scope): readonly string[] {
  if (output.kind !== "document" || output.includes === undefined) return [];
  const { file } = output.includes;
  const beside = claimsOf(adapter, output, scope).filter((claim) => !claim.includes("*"));
  return scope === "project" ? [`**/${file}`] : beside.map((claim) => besideIt(claim, file));
}

/** besideIt is the path of a file in the directory of another. */
export const besideIt = (path: string, file: string): string =>
  parentOf(path) === "" ? file : `${parentOf(path)}/${file}`;

/** byScope is a path of a scope, in a list; empty where the scope has none. */
export const byScope = (claims: PathByScope, scope: Scope) => {
  const claim = typeof claims === "string" ? claims : claims[scope];
  return claim === undefined ? [] : [claim];
};

/** The globs of documents that the runtime reads where its own are missing; a configuration may name further ones. */
export const standInsOf = (adapter: Adapter, options: JsonObject, scope: Scope): readonly string[] =>
  (adapter.import?.standIns?.(options) ?? []).flatMap(({ file }) =>
    byScope(file, scope).map((name) => standInGlob(name, scope)),
  );

/** The claims of an output under no options, and under those of each other layout. */
export function claimsOf(adapter: Adapter, output: Output<Feature, never>, scope: Scope): readonly string[] {
  const layouts: readonly JsonObject[] = [{}, ...(adapter.import?.layouts ?? [])];
  const claims = layouts.map((options) => pathOf(output, options as never, scope)); // options of the adapter's own
  const nested = output.kind === "document" && scope === "project" ? output.nested : undefined;
  return [...new Set([...claims, nested].filter((claim) => claim !== undefined))];
}

/** standInGlob is where a stand-in of a name lies: in any directory of a project. */
export const standInGlob = (file: string, scope: Scope): string => (scope === "user" ? file : `**/${file}`);

/** personalAt is the class of files that a path belongs to, where it is none that stax manages. */
export const personalAt = (adapter: Adapter, path: string, scope: Scope) =>
  adapter.runtimeFiles.find(
    (file) => file.scope === scope && file.class !== "managed" && matchesClaim(file.path, path),
  );

/** classOf is its class; `undefined` for a managed file. */
export const classOf = (adapter: Adapter, path: string, scope: Scope) => personalAt(adapter, path, scope)?.class;
