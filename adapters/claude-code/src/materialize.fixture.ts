import { type Layers, layerKinds } from "@stax/schema";
import { parseLayers, type Sources, writeLayers } from "@stax/testing";
import { adapter, claudeCode } from "./index.ts";
import type { ClaudeCodeOptions } from "./options.ts";

/** written materializes layers into a directory of its own and reads back every file: the bytes a runtime finds. */
export async function written(
  layers: Layers,
  options: ClaudeCodeOptions = {},
  more: Parameters<typeof writeLayers>[3] = {},
) {
  const found = await writeLayers(adapter, layers, claudeCode(options), more);
  return { ...found, json: (path: string) => JSON.parse(found.files[path] ?? "null") };
}

type Files = NonNullable<Sources["rules"]>;
type Tree = "rules" | "skills" | "surfaces" | "instructionTree" | "knowledge";

async function layerOf<K extends Tree>(name: K, files: Files): Promise<NonNullable<Layers[K]>> {
  const layer = (await parseLayers({ [name]: files }))[name];
  if (layer === undefined) throw new Error(`${name} made no layer`);
  return layer;
}

export const rules = (files: Files) => layerOf("rules", files);
export const skills = (files: Files) => layerOf("skills", files);
export const surfaces = (files: Files) => layerOf("surfaces", files);
export const instructionTree = (files: Files) => layerOf("instructionTree", files);
export const knowledge = (files: Files) => layerOf("knowledge", files);
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
