import type { MaterializeOptions } from "@stax/materialize";
import { type AgentConfig, type Layers, layerKinds } from "@stax/schema";
import { parseLayers, type Sources, writeLayers } from "@stax/testing";
import { parse } from "smol-toml";
import { adapter, codex } from "./index.ts";
import type { CodexOptions } from "./options.ts";

/** written materializes layers for Codex and reads back every file. */
export async function written(
  layers: Layers,
  options: CodexOptions = {},
  more: MaterializeOptions & Pick<AgentConfig, "hints"> = {},
) {
  const made = await writeLayers(adapter, layers, codex(options), more);
  return { ...made, toml: (path: string) => parse(made.files[path] ?? "") };
}

type Tree = "surfaces" | "rules" | "skills" | "instructionTree" | "knowledge";

const treeOf =
  <N extends Tree>(name: N) =>
  async (files: NonNullable<Sources[N]>): Promise<NonNullable<Layers[N]>> => {
    const layer = (await parseLayers({ [name]: files }))[name];
    if (layer === undefined) throw new Error(`no ${name}`);
    return layer;
  };

export const rules = treeOf("rules");
export const skills = treeOf("skills");
export const surfaces = treeOf("surfaces");
export const instructionTree = treeOf("instructionTree");
export const knowledge = treeOf("knowledge");
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
