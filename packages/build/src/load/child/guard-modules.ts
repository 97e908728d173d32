import { readFileSync } from "node:fs";
import {
  isBuiltin,
  type LoadHookContext,
  type ResolveFnOutput,
  type ResolveHookContext,
  registerHooks,
} from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { beginsWith, lookupOf, matches, withoutPrefix } from "./captured.ts";
import { type FileRules, reasonAgainst } from "./guard-files.ts";
import type { BadImport, Question, Refused } from "./protocol.ts";
import { refusalOf, refuse } from "./refusal.ts";

// What data needs. A list of what is allowed: Node grows new modules, and several reach the network, threads or the file system anew.
const isAllowed = lookupOf(
  "assert assert/strict buffer console constants crypto events fs fs/promises module os path path/posix path/win32 perf_hooks process punycode querystring stream stream/consumers stream/promises stream/web string_decoder timers timers/promises url util util/types zlib",
);
const bareName = (name: string): string => withoutPrefix(name, "node:");

/** isAllowedBuiltin tells whether a definition may use a module of Node. */
export const isAllowedBuiltin = (name: string): boolean => isAllowed(bareName(name));

/** refuseBuiltin makes the error for a module of Node that definitions may not use. */
export function refuseBuiltin(name: string, importedBy?: NonNullable<Refused["importedBy"]>): Error {
  const resource = `node:${bareName(name)}`;
  return refuse(
    { reason: "denied", act: actOf(bareName(name)), resource, ...(importedBy && { importedBy }) },
    `${resource} is not available here`,
  );
}

function actOf(builtin: string): string {
  if (matches(/^_?(?:net|http|tls|dns|dgram|quic|inspector)/, builtin)) return "network";
  if (builtin === "child_process" || builtin === "cluster") return "process";
  return builtin === "worker_threads" ? "thread" : "module";
}

/** ModuleRules say what a definition may import. */
export interface ModuleRules extends FileRules {
  readonly trust: boolean;
  /** Asks the command. */
  ask(question: Question): string | null;
  /** Gives a module without its types; null where that is left to Node. */
  strip(path: string): string | null;
  /** What need not be asked for; without a prototype. */
  readonly brings: Readonly<Record<string, string>>;
  /** Called with the path of each file that is about to be compiled. */
  loads(path: string): void;
}

type Next = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput;

/** guardModules puts the rules in front of every import and require. */
export function guardModules(rules: ModuleRules): void {
  registerHooks({
    resolve: (specifier, context, next) => resolveImport(specifier, context, next as Next, rules),
    load(url, context: LoadHookContext, next) {
      if (beginsWith(url, "file:")) rules.loads(fileURLToPath(url));
      const source = isWorkspaceTypeScript(url) ? rules.strip(fileURLToPath(url)) : null;
      return source === null ? next(url, context) : { format: "module", source, shortCircuit: true };
    },
  });
}

const ours = /^(?:stax|@stax\/[^/]+)(?:$|\/)/;

function resolveImport(
  specifier: string,
  context: ResolveHookContext,
  next: Next,
  rules: ModuleRules,
): ResolveFnOutput {
  const from =
    context.parentURL !== undefined && beginsWith(context.parentURL, "file:") ? fileURLToPath(context.parentURL) : "";
  if (isBuiltin(specifier)) {
    if (!rules.trust && !isAllowedBuiltin(specifier)) throw refuseBuiltin(specifier, { from, specifier });
    return next(specifier, context);
  }
  const own = matches(ours, specifier) ? resolveOurs(specifier, from, context, next, rules) : undefined;
  const resolved = own ?? resolveOther(specifier, from, context, next, rules);
  checkTarget(specifier, from, resolved.url, rules);
  return isWorkspaceTypeScript(resolved.url) ? { ...resolved, format: "module-typescript" } : resolved;
}

// Without it Node looks for a package.json and guesses, with a warning, what kind of module the file is.
const isWorkspaceTypeScript = (url: string): boolean =>
  matches(/^file:.*\.m?ts$/, url) && !matches(/\/node_modules\//, url);

function resolveOurs(
  specifier: string,
  from: string,
  context: ResolveHookContext,
  next: Next,
  rules: ModuleRules,
): ResolveFnOutput | undefined {
  try {
    const found = next(specifier, context);
    if (isOurPackage(specifier, found.url)) return found;
  } catch {
    // The project has none: the usual case.
  }
  const path = rules.brings[specifier] ?? rules.ask({ resolve: specifier });
  if (path !== null) return { url: pathToFileURL(path).href, shortCircuit: true };
  throw badImport({ specifier, from, problem: "not-ours" }, "the stax command does not bring it along");
}

// npm's `stax` belongs to a stranger: ours is @stax/cli under that alias (decision O1).
function isOurPackage(specifier: string, url: string): boolean {
  const wanted = beginsWith(specifier, "@stax/") ? specifier.split("/").slice(0, 2).join("/") : "@stax/cli";
  for (let at = dirname(fileURLToPath(url)); at !== dirname(at); at = dirname(at)) {
    const name = packageNameAt(at);
    if (name !== undefined) return name === wanted;
  }
  return false;
}

function packageNameAt(directory: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as { name?: unknown };
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

function resolveOther(
  specifier: string,
  from: string,
  context: ResolveHookContext,
  next: Next,
  rules: ModuleRules,
): ResolveFnOutput {
  try {
    return next(specifier, context);
  } catch (error) {
    // Node looks for packages in every directory above; the permission model answers there, and hides that there is nothing.
    const refusal = refusalOf(error);
    const message = error instanceof Error && refusal === undefined ? error.message : "Cannot find it";
    const problem = isPath(specifier) ? reasonAgainst(resolve(dirname(from), specifier), rules) : undefined;
    throw badImport({ specifier, from, problem: problem ?? "missing" }, message);
  }
}

const isPath = (specifier: string): boolean => matches(/^\.{0,2}\//, specifier);

function checkTarget(specifier: string, from: string, url: string, rules: ModuleRules): void {
  if (beginsWith(url, "node:") && !rules.trust && !isAllowedBuiltin(url)) throw refuseBuiltin(url, { from, specifier });
  if (!beginsWith(url, "file:")) return;
  const relativeImport = matches(/^\.{0,2}\/|^file:|^#/, specifier);
  if (rules.trust && !relativeImport) return;
  const problem = reasonAgainst(fileURLToPath(url), rules);
  if (problem === undefined || (rules.trust && problem === "key-file")) return;
  throw badImport({ specifier, from, problem }, problem === "outside" ? "it leaves the workspace" : "it is a key file");
}

function badImport(what: Omit<BadImport, "reason" | "message">, message: string): Error {
  const code = what.problem === "missing" ? "MODULE_NOT_FOUND" : "ERR_ACCESS_DENIED"; // packages ask for optional ones and look at the code
  return refuse({ reason: "import", message, ...what }, `cannot import "${what.specifier}": ${message}`, code);
}
