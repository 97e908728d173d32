import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AdapterConfig, type AgentConfig, fileEntry, type Layers, layerKinds, sortTree } from "@stax/schema";
import { parseLayers, type Sources, writeLayers } from "@stax/testing";
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
export async function written(layers: Layers, options: Input = {}, more: Parameters<typeof writeLayers>[3] = {}) {
  const found = await writeLayers(adapter, layers, openclaw(options), more);
  const bytes = Object.keys(found.files).map((path) => [path, readFileSync(join(found.directory, path))] as const);
  return { ...found, bytes: Object.fromEntries(bytes) };
}

type Files = NonNullable<Sources["rules"]>;
type Tree = "rules" | "skills" | "instructionTree" | "knowledge" | "memory";

async function layerOf<K extends Tree>(name: K, files: Files): Promise<NonNullable<Layers[K]>> {
  const layer = (await parseLayers({ [name]: files }))[name];
  if (layer === undefined) throw new Error(`${name} made no layer`);
  return layer;
}

export const rules = (files: Files) => layerOf("rules", files);
export const skills = (files: Files) => layerOf("skills", files);
// Leniently: bytes reach their files also where they are no text.
export const surfaces = (files: Files) =>
  layerKinds.surfaces.parse(sortTree(Object.entries(files).map(([path, content]) => fileEntry(path, content))), {
    report: () => undefined,
  });
export const memory = (files: Files) => layerOf("memory", files);
export const knowledge = (files: Files) => layerOf("knowledge", files);
export const instructionTree = (files: Files) => layerOf("instructionTree", files);
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
