import { existsSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { namePattern } from "@stax/schema";
import { BuildError } from "../error.ts";
import { makeDirectories, removeEmpty } from "../make-directories.ts";
import { filesOf } from "./templates.ts";

export const scaffoldTemplates = ["standard", "minimal"] as const;

/** ScaffoldOptions describe a new project. */
export interface ScaffoldOptions {
  /** Created where it is missing. */
  readonly directory: string;
  readonly kind: "agent" | "package" | "profile";
  /** Made of the directory's name unless given. */
  readonly name?: string | undefined;
  /** Of an agent; claude-code unless given. */
  readonly adapter?: string | undefined;
  /** `minimal`: the definition and what it cannot do without; `standard`: an example of each common layer beside it. */
  readonly template?: (typeof scaffoldTemplates)[number] | undefined;
  readonly format?: "ts" | "yaml" | "json" | undefined;
}

/** Scaffold is what was written, paths relative to the directory. */
export interface Scaffold {
  readonly directory: string;
  readonly name: string;
  readonly files: readonly string[];
}

/**
 * scaffold writes a new project that validates and builds as it is. Nothing that exists is touched: when any of its files is there, none is
 * written. Throws `SCAFFOLD_EXISTS`, `SCAFFOLD_NAME`.
 */
export function scaffold(options: ScaffoldOptions): Scaffold {
  const { kind, adapter = "claude-code", template = "standard", format = "ts" } = options;
  const directory = resolve(options.directory);
  const name = projectName(options.name, directory);
  const files = filesOf({ kind, name, adapter, template, format });
  const paths = Object.keys(files);
  const existing = paths.filter((path) => existsSync(join(directory, path)) && path !== ".gitignore");
  if (existing.length > 0)
    throw new BuildError(
      "SCAFFOLD_EXISTS",
      `${existing.join(", ")} in ${options.directory} ${existing.length === 1 ? "is" : "are"} there already`,
      {
        hint: "nothing was written; choose another directory",
      },
    );
  return { directory, name, files: writeAll(directory, files) };
}

function writeAll(directory: string, files: Readonly<Record<string, string>>): readonly string[] {
  const written: string[] = [];
  const made: string[] = [];
  try {
    for (const [path, content] of Object.entries(files)) {
      const target = join(directory, path);
      if (path === ".gitignore" && existsSync(target)) continue; // a project's own; the build directory is its author's to ignore
      makeDirectories(dirname(target), made);
      writeFileSync(target, content, { flag: "wx" });
      written.push(path);
    }
    return written;
  } catch (cause) {
    for (const path of written) rmSync(join(directory, path), { force: true });
    removeEmpty(made);
    throw new BuildError(
      "SCAFFOLD_EXISTS",
      `cannot write into ${directory}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause, hint: "nothing was left behind" },
    );
  }
}

/** projectName checks a name, or makes one of the directory's. Throws `SCAFFOLD_NAME`. */
export function projectName(given: string | undefined, directory: string): string {
  const name = given ?? slugOf(basename(directory));
  if (namePattern.test(name)) return name;
  const subject =
    given === undefined ? `no name can be made of the directory "${basename(directory)}"` : `"${given}" is no name`;
  throw new BuildError("SCAFFOLD_NAME", subject, {
    hint: "names are 1 to 63 lower-case letters, digits and inner hyphens: --name my-agent",
  });
}

const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63)
    .replace(/-+$/, "");
