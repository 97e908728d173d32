import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openArtifact, readLayers } from "@stax/artifact";
import type { Diagnostic } from "@stax/errors";
import { LayoutStore } from "@stax/oci";
import type { Layers } from "@stax/schema";
import { onTestFinished } from "vitest";
import {
  type Build,
  type BuildOptions,
  buildProject,
  type Installation,
  type ProjectOptions,
  validateProject,
} from "./index.ts";

/** Installation of the tests: `stax` is the define functions of the schema, from source. */
export const installation: Installation = {
  resolve: (specifier) => (specifier === "stax" ? fileURLToPath(import.meta.resolve("@stax/schema")) : undefined),
  readable: [fileURLToPath(new URL("../../../", import.meta.url))],
};

export const adapter = {
  type: "claude-code",
  runtime: "claude-code",
  adapterVersion: "1.0.0",
  config: {},
  features: {},
};

/** agent is a definition with the least there is, and more. */
export const agent = (extra: object = {}): string =>
  JSON.stringify({ name: "sample", version: "1.0.0", description: "A sample", adapter, ...extra }, null, 2);

export const packageOf = (name: string, extra: object = {}): string =>
  JSON.stringify({ name, version: "1.0.0", description: `The package ${name}`, ...extra }, null, 2);

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** temporary makes a directory that goes with the test. */
export function temporary(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "stax-build-")));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** project writes files into a directory of its own; the workspace root is that directory. */
export function project(files: Files): string {
  const directory = temporary();
  writeFiles(directory, { ".git/HEAD": "ref: refs/heads/main\n", ...files });
  return directory;
}

export function writeFiles(directory: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const target = join(directory, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}

/** codesOf lists findings as `severity code path field`. */
export const codesOf = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.map(({ severity, code, path, field }) =>
    [severity, code, path, field].filter((part) => part !== undefined).join(" "),
  );

export const validate = async (cwd: string, options: Partial<ProjectOptions> = {}): Promise<readonly Diagnostic[]> =>
  (await validateProject({ cwd, installation, ...options })).diagnostics;

export const build = (cwd: string, options: Partial<BuildOptions> = {}): Promise<Build> =>
  buildProject({ cwd, installation, ...options });

/** contentOf decodes a built artifact. */
export async function contentOf({ layout }: Build, reference: string): Promise<Layers> {
  const artifact = await openArtifact(await LayoutStore.open(layout), reference);
  return (await readLayers(artifact, { cacheDir: temporary() })).layers;
}
