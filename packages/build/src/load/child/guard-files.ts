import { Buffer } from "node:buffer";
import fs from "node:fs";
import { relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { beginsWith, matches } from "./captured.ts";
import { isKeyFile } from "./key-files.ts";
import { refuse } from "./refusal.ts";

const { apply } = Reflect;
const realpath = fs.realpathSync.native;

/** FileRules say what a definition may read. */
export interface FileRules {
  readonly workspaceRoot: string;
  readonly readable: readonly string[];
}

/** reasonAgainst tells why a path may not be read: outside all roots (through a link, too), or a key file. */
export function reasonAgainst(path: string, rules: FileRules): "outside" | "key-file" | undefined {
  const absolute = resolve(path);
  const real = realPathOf(absolute);
  const root = rootOf(real, rules);
  if (root === undefined) return "outside";
  const asked = rootOf(absolute, rules);
  return isKeyFile(relative(root, real)) || (asked !== undefined && isKeyFile(relative(asked, absolute)))
    ? "key-file"
    : undefined;
}

function realPathOf(absolute: string): string {
  try {
    return realpath(absolute);
  } catch {
    return absolute; // it does not exist, and nothing can be created
  }
}

function rootOf(path: string, { workspaceRoot, readable }: FileRules): string | undefined {
  if (isBelow(workspaceRoot, path)) return workspaceRoot;
  for (let i = 0; i < readable.length; i++) {
    const root = readable[i];
    if (root !== undefined && isBelow(root, path)) return root;
  }
  return undefined;
}

const isBelow = (root: string, path: string): boolean =>
  path === root || beginsWith(path, root === sep ? sep : `${root}${sep}`);

type Callable = (...args: unknown[]) => unknown;
type Functions = Record<string, unknown>;

/**
 * guardFiles puts the rules in front of every function of `node:fs` that takes a path. Node's own permission flags are lists of what is
 * allowed, follow symbolic links out of it, and cannot except `.env`; they stay in force behind this.
 */
export function guardFiles(rules: FileRules): void {
  const modules = [fs, fs.promises] as unknown as Functions[]; // bags of functions here
  for (const functions of modules) {
    for (const name of Object.keys(functions)) {
      const original = functions[name];
      if (typeof original !== "function" || unguarded.test(name)) continue;
      replace(functions, name, guarded(name, original as Callable, rules));
    }
  }
}

function replace(functions: Functions, name: string, value: unknown): void {
  Object.defineProperty(functions, name, { value, enumerable: true, writable: true, configurable: true });
}

// Classes open their paths by the functions guarded here; Node's permission model refuses all that writes.
const unguarded =
  /^(?:[A-Z_]|append|ch|copy|cp|createWrite|l?chmod|l?chown|link|l?utimes|mk|rename|rm|symlink|truncate|unlink|write)/;
const unguardable = /^(?:glob|globSync|openAsBlob|watch|watchFile)$/;

function guarded(name: string, original: Callable, rules: FileRules): Callable {
  const wrapper = wrapperOf(name, original, rules);
  for (const key of Reflect.ownKeys(original)) {
    if (key === "name" || key === "length" || key === "prototype") continue;
    const member = (original as unknown as Record<PropertyKey, unknown>)[key];
    // realpath.native and the promisified forms are functions of paths, too.
    const value = typeof member === "function" ? wrapperOf(name, member as Callable, rules) : member;
    Object.defineProperty(wrapper, key, { value, configurable: true });
  }
  return wrapper;
}

function wrapperOf(name: string, original: Callable, rules: FileRules): Callable {
  if (unguardable.test(name))
    return () => {
      throw refuse({ reason: "denied", act: "module", resource: `fs.${name}` }, `fs.${name} is not available here`);
    };
  return function guardedFunction(this: unknown, ...args: unknown[]): unknown {
    const path = pathOf(args[0]);
    if (path === undefined) return apply(original, this, args);
    const reason = reasonAgainst(path, rules);
    if (reason === undefined) {
      args[0] = path;
      args[1] = checkedOptions(name, args[1]);
      return apply(original, this, args);
    }
    if (name === "existsSync") return false;
    throw refuse(
      { reason: "denied", act: reason === "outside" ? "read" : "key-file", resource: path },
      `may not read ${path}`,
    );
  };
}

// Recursive listing follows links to directories out of the workspace. A copy, so that an answer cannot change.
function checkedOptions(name: string, options: unknown): unknown {
  if (typeof options !== "object" || options === null || !matches(/^readdir/, name)) return options;
  const copy: { readonly recursive?: unknown } = { ...options };
  if (!copy.recursive) return copy;
  throw refuse(
    { reason: "denied", act: "module", resource: `fs.${name} with recursive` },
    "list one directory at a time",
  );
}

// A text, not the object that was given: its answer could change between this look and Node's.
function pathOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (typeof value !== "object" || value === null) return undefined;
  const { href } = value as { href?: unknown };
  return typeof href === "string" ? fileURLToPath(href) : undefined;
}
