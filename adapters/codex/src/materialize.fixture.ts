import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply, type MaterializeOptions, materialize, plan, Root } from "@stax/materialize";
import { type AgentConfig, fileEntry, type Layers, layerKinds, type ParseContext, sortTree } from "@stax/schema";
import { parse } from "smol-toml";
import { onTestFinished } from "vitest";
import { adapter, codex } from "./index.ts";
import type { CodexOptions } from "./options.ts";

/** written materializes layers into a directory of its own and reads back every file: the bytes a runtime finds. */
export async function written(
  layers: Layers,
  options: CodexOptions = {},
  more: MaterializeOptions & { readonly hints?: AgentConfig["hints"] } = {},
) {
  const { hints, ...wishes } = more;
  const config: AgentConfig = {
    specVersion: "1.0.0",
    kind: "agent",
    name: "sample",
    version: "1.0.0",
    adapter: codex(options),
    ...(hints && { hints }),
  };
  const made = materialize(layers, config, [adapter], wishes);
  const directory = mkdtempSync(join(tmpdir(), "stax-codex-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const root = Root.at(directory);
  await apply(await plan(made.composed, [], root), root, { record: false });
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(directory, path)).isFile(),
  );
  const files = Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(directory, path), "utf8")]));
  const losses = made.renderings.flatMap((rendering) => rendering.losses);
  return { files, losses, made, directory, toml: (path: string) => parse(files[path] ?? "") };
}

export const strict: ParseContext = {
  report: ({ severity, message }) => {
    if (severity === "error") throw new Error(message);
  },
};
const tree = (files: Readonly<Record<string, string | Uint8Array>>) =>
  sortTree(
    Object.entries(files).map(([path, content]) => fileEntry(path, content, { executable: path.endsWith(".sh") })),
  );

type Files = Readonly<Record<string, string | Uint8Array>>;
export const rules = (files: Files) => layerKinds.rules.parse(tree(files), strict);
export const skills = (files: Files) => layerKinds.skills.parse(tree(files), strict);
export const surfaces = (files: Files) => layerKinds.surfaces.parse(tree(files), strict);
export const instructionTree = (files: Files) => layerKinds.instructionTree.parse(tree(files), strict);
export const knowledge = (files: Files) => layerKinds.knowledge.parse(tree(files), strict);
export const prompt = (text: string) => ({ bytes: new TextEncoder().encode(text), text });
export const mcp = (servers: object) => layerKinds.mcp.schema.parse({ servers });
export const secrets = (...keys: readonly string[]) =>
  layerKinds.secrets.schema.parse({ secrets: keys.map((key) => ({ key, required: true })) });
export const persona = {
  specVersion: "1.0.0",
  name: "maya",
  displayName: "Maya Chen",
  role: "Engineer",
  personality: { traits: ["kind"] },
};
