import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Options } from "tsup";
import * as yaml from "yaml";
import * as zod from "zod";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/** Where what several parts of the bundle use lies in `dist`: one file each, for a process that starts has to load every file it needs. */
const files = {
  yaml: "shared/yaml.js",
  zod: "shared/zod.js",
  "@stax/errors": "libraries/errors.js",
  "@stax/schema": "libraries/schema.js",
  "@stax/layers": "libraries/layers.js",
} as const;

/** Shared names what may be left out of a part of the bundle. */
export type Shared = keyof typeof files;

/** shared leaves libraries out of a part of the bundle, which imports them from where they lie in `dist`; `toDist` leads there. */
export const shared = (toDist: string, names: readonly Shared[]): Plugin => ({
  name: "shared",
  setup(build) {
    for (const name of names)
      build.onResolve({ filter: new RegExp(`^${name}$`) }, ({ kind }) =>
        kind === "entry-point" ? undefined : { path: `${toDist}/${files[name]}`, external: true, sideEffects: false },
      );
  },
});

/** sharedLibraries makes what `shared` leaves out, with no more in it than our sources name. */
export const sharedLibraries = (sources: readonly string[]): Plugin => ({
  name: "shared-libraries",
  setup(build) {
    const text = sources.flatMap(sourcesIn).join("\n");
    const contents: Readonly<Record<string, string>> = { yaml: lazyYaml(text), zod: namedZod(text) };
    build.onLoad({ filter: /\/bundle\/shared\/(?:yaml|zod)\.ts$/ }, ({ path }) => ({
      contents: contents[basename(path, ".ts")] ?? "",
    }));
  },
});

function namedZod(text: string): string {
  // `z.core` is named for its types alone; it would bring everything along.
  const named = new Set([...text.matchAll(/\bz\.(?!core\b)(\w+)/g)].flatMap(([, name]) => name ?? []));
  return `export { ${Object.keys(zod)
    .filter((name) => named.has(name))
    .join(", ")} } from "zod";`;
}

// Most commands read no YAML, and no definition does: the library is read when the first of its functions is called.
function lazyYaml(text: string): string {
  const imports = [...text.matchAll(/import \{([^}]*)\} from "yaml"/g)].flatMap(([, names = ""]) => names.split(","));
  const named = new Set(imports.map((name) => name.trim()));
  const exported = Object.entries(yaml).filter(([name]) => named.has(name));
  return [
    'import { createRequire } from "node:module";',
    "const load = createRequire(import.meta.url);",
    'const yaml = () => load("./yaml-whole.cjs");',
    ...exported.map(([name, value]) => lazyExport(name, value)),
  ].join("\n");
}

function lazyExport(name: string, value: unknown): string {
  if (typeof value !== "function")
    throw new Error(`yaml.${name} is no function: it cannot be loaded when it is called`);
  const fields = Object.keys(value).map((key) => `get ${key}() { return yaml().${name}.${key}; }`);
  return [
    `export function ${name}(...given) { return new.target ? new (yaml().${name})(...given) : yaml().${name}(...given); }`,
    `Object.defineProperties(${name}, Object.getOwnPropertyDescriptors({ ${fields.join(", ")} }));`,
  ].join("\n");
}

// Of a directory of packages. Only their `src`: a recursive readdir follows links, and node_modules leads in circles.
const sourcesIn = (directory: string): readonly string[] =>
  readdirSync(directory)
    .map((name) => join(directory, name, "src"))
    .filter((source) => existsSync(source))
    .flatMap((source) => readdirSync(source, { recursive: true, encoding: "utf8" }).map((file) => join(source, file)))
    .filter((file) => /\.ts$/.test(file) && !/\.(?:test|fixture)\.ts$/.test(file))
    .flatMap((file) => (existsSync(file) ? [readFileSync(file, "utf8")] : [])); // somebody may be moving it
