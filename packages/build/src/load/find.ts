import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { IgnoreRules } from "@stax/layers";
import { BuildError } from "../error.ts";
import { containedPath } from "./contained-path.ts";
import { walkWorkspace } from "./walk-workspace.ts";
import { isDirectory, isWorkspace, namesIn, workspaceRootOf } from "./workspace-root.ts";

/** DefinitionKind is what a definition file defines, told by its name. */
export type DefinitionKind = "agent" | "package" | "profile";

/** DefinitionFile is a definition that was found. All paths are absolute, links resolved. */
export interface DefinitionFile {
  readonly path: string;
  readonly kind: DefinitionKind;
  /** Where its relative paths start. */
  readonly directory: string;
  readonly workspaceRoot: string;
}

export interface FindOptions {
  /** Where discovery starts and relative entries are resolved; absolute. */
  readonly cwd: string;
  /** A definition file, or a directory that holds one. */
  readonly entry?: string | undefined;
  /** Every definition of the workspace, or of the directory that `entry` names, instead of the one that is meant. */
  readonly all?: boolean | undefined;
  /** With `all`: what is ignored below a directory, to be left out; without it `.staxignore` files mean nothing here. */
  readonly ignore?: ((directory: string, workspaceRoot: string) => IgnoreRules) | undefined;
}

// npm owns package.json: a package in JSON is stax.package.json. package.js and package.mjs are nobody's habit and stay out.
const definitionNames: readonly (readonly [kind: DefinitionKind, pattern: RegExp])[] = [
  ["agent", /^agent\.(?:ts|mts|js|mjs|json|yaml|yml)$/],
  ["package", /^(?:package\.(?:ts|mts|yaml|yml)|stax\.package\.json)$/],
  ["profile", /^profile\.(?:ts|mts|js|mjs|json|yaml|yml)$/],
];

/**
 * findDefinitions finds the definition files of an entry, or of a working directory: `agent.*`, `package.*`, `profile.*` in it and in
 * `.stax/<name>/` below it (a package in JSON is `stax.package.json`). Without `all` exactly one comes back: the only agent, else the
 * only definition. With `all`, every directory of the workspace is looked into but hidden ones, `node_modules`, what is ignored, the
 * layers beside a definition, and other workspaces; all are of one workspace, even where nothing marks it. Throws DEFINITION_MISSING, DEFINITION_AMBIGUOUS (with all the names), DEFINITION_KIND_UNKNOWN, DEFINITION_OUTSIDE.
 */
export function findDefinitions(options: FindOptions): readonly DefinitionFile[] {
  const { cwd, entry } = options;
  const start = resolve(cwd, entry ?? ".");
  const stats = statSync(start, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new BuildError("DEFINITION_MISSING", `${entry ?? cwd} does not exist`, {
      hint: "name a definition file, or a directory that holds one",
    });
  if (!stats.isDirectory()) return [definitionAt(start, cwd)];
  const found =
    options.all === true ? everyOne(start, options) : discover(start).map((path) => definitionAt(path, cwd));
  if (found.length === 0) throw nothingIn(start, cwd, entry);
  return options.all === true ? found : [onlyOne(found, cwd)];
}

function everyOne(start: string, { cwd, entry, ignore }: FindOptions): readonly DefinitionFile[] {
  const workspaceRoot = workspaceRootOf(realpathSync(start));
  const from = entry === undefined ? workspaceRoot : realpathSync(start);
  const walked = walkWorkspace(from, workspaceRoot, { isDefinition, ignore });
  const paths = new Set([...discover(from), ...walked]);
  return [...paths].map((path) => definitionAt(path, cwd, workspaceRoot));
}

function discover(directory: string): readonly string[] {
  const named = join(directory, ".stax");
  const directories = [directory, ...namesIn(named).map((name) => join(named, name))];
  return directories.flatMap((at) =>
    namesIn(at)
      .filter((name) => kindOf(name) !== undefined)
      .map((name) => join(at, name))
      .filter((path) => !isDirectory(path)),
  );
}

/** holdsDefinition tells whether a definition lies in a directory, or in `.stax/<name>/` below it. */
export const holdsDefinition = (directory: string): boolean => discover(directory).length > 0;

const kindOf = (name: string): DefinitionKind | undefined =>
  definitionNames.find(([, pattern]) => pattern.test(name))?.[0];

const isDefinition = (name: string): boolean => kindOf(name) !== undefined;

function definitionAt(
  found: string,
  cwd: string,
  workspaceRoot = workspaceRootOf(realpathSync(dirname(found))),
): DefinitionFile {
  const shown = relative(cwd, found) || found;
  const kind = kindOf(basename(found));
  if (kind === undefined)
    throw new BuildError("DEFINITION_KIND_UNKNOWN", `${shown} does not say by its name what it defines`, {
      hint:
        basename(found) === "package.json"
          ? "package.json is npm's; a stax package in JSON is named stax.package.json"
          : "name it agent, package or profile with .ts, .json or .yaml (a package in JSON: stax.package.json)",
    });
  const path = containedPath(found, workspaceRoot);
  return { path, kind, directory: dirname(path), workspaceRoot };
}

// An agent and the packages it is made of may lie side by side; the agent is what `stax build` means then.
function onlyOne(found: readonly DefinitionFile[], cwd: string): DefinitionFile {
  const agents = found.filter(({ kind }) => kind === "agent");
  const candidates = agents.length > 0 ? agents : found;
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) return only;
  const names = candidates.map(({ path }) => relative(realpathSync(cwd), path));
  throw new BuildError("DEFINITION_AMBIGUOUS", `several definitions are found: ${names.join(", ")}`, {
    hint: "name the one you mean, or use --all",
    details: { found: names },
  });
}

function nothingIn(directory: string, cwd: string, entry: string | undefined): BuildError {
  const wrong = [basename(directory), ...namesIn(directory)].find(isDefinition);
  if (wrong !== undefined)
    return new BuildError("DEFINITION_UNREADABLE", `${wrong} is a directory, and a definition is a file`, {
      hint: "put the definition into a file of that name",
    });
  const root = workspaceRootOf(directory);
  const elsewhere = isWorkspace(root) ? [...discover(root), ...walkedForHint(root)] : [];
  return new BuildError("DEFINITION_MISSING", `no agent, package or profile is defined in ${entry ?? cwd}`, {
    hint:
      elsewhere[0] === undefined
        ? "looked for agent.*, package.* and profile.* there and in .stax/<name>/; run `stax init` to start one"
        : `there is ${relative(cwd, elsewhere[0])} in the workspace; name it, or use --all`,
  });
}

function walkedForHint(root: string): readonly string[] {
  try {
    return walkWorkspace(root, root, { isDefinition });
  } catch {
    return []; // a directory that cannot be listed is not what went wrong
  }
}
