import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply, type MaterializeOptions, materialize, plan, Root } from "@stax/materialize";
import {
  type AdapterConfig,
  type AgentConfig,
  fileEntry,
  type Layers,
  layerKinds,
  type ParseContext,
  sortTree,
} from "@stax/schema";
import { onTestFinished } from "vitest";
import { adapter, openclaw } from "./index.ts";

type Input = Parameters<typeof openclaw>[0];

/** agentConfig is the config of an agent made for OpenClaw. */
export const agentConfig = (options: Input = {}, compiled: AdapterConfig = openclaw(options)): AgentConfig => ({
  specVersion: "1.0.0",
  kind: "agent",
  name: "sample",
  version: "1.0.0",
  adapter: compiled,
});

/** written materializes layers into a directory of its own and reads back every file: the bytes a runtime finds. */
export async function written(
  layers: Layers,
  options: Input = {},
  more: MaterializeOptions & { readonly hints?: AgentConfig["hints"] } = {},
) {
  const { hints, ...wishes } = more;
  const made = materialize(layers, { ...agentConfig(options), ...(hints && { hints }) }, [adapter], wishes);
  const directory = mkdtempSync(join(tmpdir(), "stax-openclaw-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const root = Root.at(directory);
  await apply(await plan(made.composed, [], root), root, { record: false });
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(directory, path)).isFile(),
  );
  const bytes = Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(directory, path))]));
  const files = Object.fromEntries(Object.entries(bytes).map(([path, content]) => [path, content.toString("utf8")]));
  const losses = made.renderings.flatMap((rendering) => rendering.losses);
  return { files, bytes, losses, made, directory };
}

const strict: ParseContext = {
  report: ({ severity, message }) => {
    if (severity === "error") throw new Error(message);
  },
};
const lenient: ParseContext = { report: () => undefined };

type Files = Readonly<Record<string, string | Uint8Array>>;
const tree = (files: Files) =>
  sortTree(
    Object.entries(files).map(([path, content]) => fileEntry(path, content, { executable: path.endsWith(".sh") })),
  );

export const rules = (files: Files) => layerKinds.rules.parse(tree(files), strict);
export const skills = (files: Files) => layerKinds.skills.parse(tree(files), strict);
export const surfaces = (files: Files) => layerKinds.surfaces.parse(tree(files), lenient);
export const memory = (files: Files) => layerKinds.memory.parse(tree(files), strict);
export const knowledge = (files: Files) => layerKinds.knowledge.parse(tree(files), strict);
export const instructionTree = (files: Files) => layerKinds.instructionTree.parse(tree(files), strict);
export const prompt = (text: string) => ({ bytes: new TextEncoder().encode(text), text });
export const mcp = (servers: object) => layerKinds.mcp.schema.parse({ servers });
export const subagents = (agents: object) => layerKinds.subagents.schema.parse({ agents });
export const persona = layerKinds.persona.schema.parse({
  name: "maya",
  displayName: "Maya Chen",
  role: "Engineer",
  background: "Fifteen years of queues.",
  personality: { traits: ["kind", "direct"] },
  boundaries: { willNot: ["merge without review"] },
});
