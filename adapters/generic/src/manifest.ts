import type { Context, Part } from "@stax/materialize";
import { type FileEntry, type Layers, specVersion } from "@stax/schema";
import { jsonFile } from "./canonical.ts";
import { directory } from "./directory.ts";
import type { GenericOptions } from "./options.ts";
import { readManifest } from "./read.ts";

/** manifest says where everything is, so that a consumer needs no knowledge of the layout. */
export const manifest: Part<"modelConfig", GenericOptions, FileEntry> = {
  feature: "modelConfig",
  fidelity: "native",
  write: (layers, { options, ...context }) => {
    const { model, modelParams, runtime = "generic", importMode, fidelity, config, targets } = options;
    const out = jsonFile("manifest.json", {
      specVersion,
      runtime,
      importMode,
      fidelity,
      model,
      modelParams,
      config,
      targets,
      layers: placesOf(layers, context.scope),
    });
    const items = [
      ...(model === undefined ? [] : ["model"]),
      ...Object.keys(modelParams ?? {}).map((key) => `modelParams.${key}`),
    ];
    return [{ items, out }];
  },
  read: readManifest,
};

function placesOf(layers: Layers, scope: Context["scope"]): Readonly<Record<string, unknown>> {
  const { rules, skills, surfaces, instructionTree, knowledge, memory } = layers;
  const places = {
    instructions: scope === "user" ? ".agents/AGENTS.md" : "AGENTS.md",
    prompt: layers.prompt && `${directory}/SYSTEM_PROMPT.md`,
    persona: layers.persona && `${directory}/persona.json`,
    mcp: layers.mcp && `${directory}/mcp.json`,
    subagents: layers.subagents && `${directory}/subagents.json`,
    secrets: layers.secrets && `${directory}/secrets.json`,
    surfaces:
      surfaces &&
      Object.fromEntries(surfaces.surfaces.map(({ name, file }) => [name, `${directory}/surfaces/${file.path}`])),
    rules: rules?.rules.map(({ id, scope: applies, globs, file }) => ({
      id,
      scope: applies,
      ...(globs.length > 0 && { globs }),
      path: `${directory}/rules/${file.path}`,
    })),
    skills: skills?.skills.map(({ name, header }) => ({
      name,
      description: header.description,
      path: `.agents/skills/${name}`,
    })),
    instructionTree: instructionTree?.instructions.map(({ scope: path, file }) => ({
      scope: path === "" ? "." : path,
      path: `${directory}/instruction-tree/${file.path}`,
    })),
    knowledge: knowledge && ".agents/knowledge",
    memory: memory && `${directory}/memory`,
  };
  return Object.fromEntries(Object.entries(places).filter(([, place]) => place !== undefined));
}
