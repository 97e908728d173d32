import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as z from "zod";
import type { MdcValue } from "./mdc.ts";

/** Loader is what of Cursor's own reading of files can be run. */
export interface Loader {
  /** As what the loader takes a file, by its absolute path; nothing where it does not look at it. */
  readonly kindOf: (path: string) => "markdown" | "rules" | "skills" | "agents" | undefined;
  readonly readRule: (text: string) => { frontmatter: Record<string, MdcValue>; body: string } | null;
  readonly splitGlobs: (value: unknown) => readonly string[] | undefined;
  readonly readAgent: (text: string) => {
    name: string;
    description?: string;
    model?: string;
    prompt: string;
  } | null;
  /** Of the whole file: where it does not fit, Cursor takes the file for empty. */
  readonly servers: z.ZodType;
  readonly expand: (value: unknown, variable: (name: string) => string | undefined) => unknown;
}

/** The loader's functions are not exported: they are found by how they begin, and run as they are. */
export function loaderOf(directory: string): Loader {
  const dist = join(directory, "node_modules/@cursor/sdk/dist/esm");
  const source = readdirSync(dist)
    .filter((name) => name.endsWith(".js"))
    .map((name) => readFileSync(join(dist, name), "utf8"))
    .find((text) => text.includes('.includeGlobs:["**/*.mdc"]'.slice(1)));
  if (source === undefined) throw new Error("the SDK has no loader of rules");
  const lift = (start: RegExp): { readonly name: string; readonly text: string } => {
    const found = start.exec(source);
    if (found?.[1] === undefined) throw new Error(`the SDK has no function that begins with ${start.source}`);
    let end = source.indexOf("{", found.index);
    for (let depth = 1; depth > 0; end += 1) depth += { "{": 1, "}": -1 }[source[end + 1] ?? ""] ?? 0;
    return { name: found[1], text: source.slice(found.index, end + 1) };
  };
  const rule = lift(/function (\w+)\(e\)\{const t=e\.trimStart\(\);if\(!t\.startsWith\("---"\)\)return null;/);
  const scalar = lift(/function (\w+)\(e\)\{const t=e\.trim\(\);return"true"===t\|\|"false"!==t/);
  const globs = lift(/function (\w+)\(e\)\{if\("string"==typeof e\)\{const t=function\(e\)\{const t=\[\];let r=0/);
  const flag = lift(/function (\w+)\(e\)\{return"true"===\(e\?\?""\)/);
  const agent = lift(/function (\w+)\(e\)\{const t=e\.match\(\/\^---/);
  const enums = /(\w+)\.b\$\.READONLY/.exec(agent.text)?.[1] ?? "unused";
  const expand = lift(/function (\w+)\(e,t\)\{if\("string"==typeof e\)return function\(e,t\)\{return e\.replace\(/);
  const pattern = /const (\w+)=(\/\\\$\\\{\(\?:env:\(\[A-Za-z_\][^;]*\/g);function/.exec(source);
  const schema =
    /const (\w+=(\w+)\.z\.object\(\{type:\2\.z\.literal\("stdio"\).*?,(\w+)=\2\.z\.object\(\{mcpServers:.*?\}\));/.exec(
      source.slice(source.indexOf(expand.text)),
    );
  if (pattern?.[2] === undefined || schema?.[2] === undefined) throw new Error("the SDK has no schema of servers");
  const functions = [rule, scalar, globs, flag, agent, expand].map(({ text }) => text).join(";");
  const servers = `const ${schema[1]}; const ${/replace\((\w+),/.exec(expand.text)?.[1] ?? ""} = ${pattern[2]};`;
  const exports = `readRule: ${rule.name}, splitGlobs: ${globs.name}, readAgent: ${agent.name}, expand: ${expand.name}, servers: ${schema[3]}`;
  const made = new Function(enums, schema[2], `${servers} ${functions}; return { ${exports} };`);
  const read = made({ b$: { READONLY: 1, DEFAULT: 0 } }, { z }) as Omit<Loader, "kindOf">; // as its own callers use them
  return { ...read, kindOf: kindsOf(source) };
}

// The table of directories, and the function over it that says what a file is.
function kindsOf(source: string): Loader["kindOf"] {
  const directories = /(\w+)=(\[\{configDir:"\.cursor",subdir:"skills"[^\]]*\}),\w+\]/.exec(source);
  const from = source.search(/function \w+\(e\)\{return e\.replace\(\/\[\.\*\+\?\^\$\{\}/);
  const kind =
    /function (\w+)\(e,t\)\{const r=e\.replace\(\/\\\\\/g,"\/"\),n=\(0,(\w+)\.basename\)\(r\);.*?return"agents"\}\}/.exec(
      source.slice(from),
    );
  if (directories?.[2] === undefined || from === -1 || kind?.[2] === undefined)
    throw new Error("the SDK has no table of files");
  const table = source.slice(from, from + kind.index + kind[0].length);
  const made = new Function(
    kind[2],
    `const ${directories[1]} = ${directories[2]}]; ${table}; return (path) => ${kind[1]}(path, false);`,
  );
  return made({ basename }) as Loader["kindOf"]; // as its own caller uses it, without third parties' files
}
