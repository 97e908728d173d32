import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { BadImport, Place } from "./child/protocol.ts";
import type { Finding } from "./finding.ts";

/** importFinding says which import of which file leads nowhere, or where it may not. */
export function importFinding({ specifier, from, problem, message }: BadImport, definition: string): Finding {
  const path = from === "" ? definition : from;
  return {
    code: "DEFINITION_IMPORT",
    message: `imports "${specifier}", ${problemOf(problem, message)}`,
    hint: hintFor(specifier, path, problem),
    place: placeOfText(path, specifier),
  };
}

function problemOf(problem: BadImport["problem"], message: string): string {
  if (problem === "outside") return "which lies outside the workspace";
  if (problem === "key-file") return "which is a file of credentials";
  if (problem === "not-ours") return "which the stax command does not bring along";
  return message.startsWith("Cannot find") ? "which does not exist" : `which cannot be resolved: ${message}`;
}

function hintFor(specifier: string, from: string, problem: BadImport["problem"]): string | undefined {
  switch (problem) {
    case "outside":
      return "move the file into the workspace, or put a stax.config.json into the directory that holds both";
    case "key-file":
      return "name the variable with --env, or declare the secret in the definition";
    case "not-ours":
      return "check the name; a package of your own must be installed in the project";
    case "missing":
      return /^\.\.?\//.test(specifier)
        ? wholeName(specifier, from)
        : "install the package in the project, or correct the name";
  }
}

function wholeName(specifier: string, from: string): string {
  const candidates = [".ts", ".js", ".json", "/index.ts"].map((end) => `${specifier}${end}`);
  const found = [...candidates, specifier.replace(/\.(m?)js$/, ".$1ts")].find(
    (candidate) => candidate !== specifier && isFile(resolve(dirname(from), candidate)),
  );
  return found === undefined
    ? "create the file, or correct the path"
    : `write "${found}": an import names the whole file`;
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** placeOfText finds where a quoted text, the name of an import, stands in a file. */
export function placeOfText(path: string, specifier: string): Place | undefined {
  const source = sourceOf(path);
  const at = [`"${specifier}"`, `'${specifier}'`].map((quoted) => source.indexOf(quoted)).find((index) => index >= 0);
  if (at === undefined) return undefined;
  const before = source.slice(0, at).split("\n");
  return { path, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** sourceOf reads a module again, to find a position in it; empty where it is gone. */
export function sourceOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
