import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEntry, type Layers, layerKinds, type ParseContext, sortTree } from "@stax/schema";
import { onTestFinished } from "vitest";
import type { Composed, ComposedFile, ComposedKeys } from "./compose.ts";
import type { Json, JsonObject } from "./contract.ts";
import { keysOf } from "./keys.ts";

/** temporaryDirectory is a directory that goes with the test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "stax-materialize-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** snapshot is every file below a directory with its content and executable bit, and every directory. */
export function snapshot(path: string): Readonly<Record<string, string>> {
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const stat = statSync(join(path, name));
      return [
        name,
        stat.isDirectory() ? "/" : `${stat.mode & 0o100 ? "x" : "-"}${readFileSync(join(path, name), "latin1")}`,
      ];
    }),
  );
}

/** without leaves out what stax keeps for itself. */
export const without = (files: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name !== ".stax" && !name.startsWith(".stax/")));

/** wantedFile is a composed file. */
export const wantedFile = (
  path: string,
  content: string | Uint8Array,
  more: Partial<ComposedFile> & { executable?: boolean } = {},
): ComposedFile => {
  const { executable, ...rest } = more;
  return {
    kind: "file",
    path,
    entry: fileEntry(path, content, executable === undefined ? {} : { executable }),
    by: ["toy"],
    document: false,
    exact: true,
    origins: [],
    mayVanish: false,
    ...rest,
  };
};

/** wantedKeys is composed keys. */
export const wantedKeys = (path: string, value: JsonObject): ComposedKeys => ({
  kind: "keys",
  path,
  format: "json",
  value,
  keys: keysOf(value),
  by: ["toy"],
});

/** wanted is a composition of these files. */
export const wanted = (...files: readonly (ComposedFile | ComposedKeys)[]): Composed => ({
  files,
  clashes: [],
  spared: [],
  notices: [],
});

const strict: ParseContext = {
  report: ({ severity, message }) => {
    if (severity === "error") throw new Error(message);
  },
};

const tree = (files: Readonly<Record<string, string>>) =>
  sortTree(Object.entries(files).map(([path, text]) => fileEntry(path, text)));

/** rulesOf parses rule files. */
export const rulesOf = (files: Readonly<Record<string, string>>) => layerKinds.rules.parse(tree(files), strict);
/** surfacesOf parses surface files. */
export const surfacesOf = (files: Readonly<Record<string, string>>) => layerKinds.surfaces.parse(tree(files), strict);
/** skillsOf parses skill files. */
export const skillsOf = (files: Readonly<Record<string, string>>) => layerKinds.skills.parse(tree(files), strict);
/** treeOf parses an instruction tree. */
export const treeOf = (files: Readonly<Record<string, string>>) =>
  layerKinds.instructionTree.parse(tree(files), strict);

/** promptOf is a prompt layer. */
export const promptOf = (text: string): NonNullable<Layers["prompt"]> => ({
  bytes: new TextEncoder().encode(text),
  text,
});

/** mcpOf is an mcp layer with these servers. */
export const mcpOf = (servers: {
  readonly [name: string]: { readonly [field: string]: Json };
}): NonNullable<Layers["mcp"]> => layerKinds.mcp.schema.parse({ servers });

/** secretsOfKeys is a secrets layer that declares these keys. */
export const secretsOfKeys = (...keys: readonly string[]): NonNullable<Layers["secrets"]> =>
  layerKinds.secrets.schema.parse({ secrets: keys.map((key) => ({ key, required: true })) });
