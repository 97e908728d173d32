import {
  allSurfaceSections,
  commonModelParams,
  defineAdapter,
  document,
  files,
  knowledgePointer,
  knowledgeTree,
  nestedInstructions,
  personaSection,
  promptSection,
  rootInstructions,
  ruleSections,
  skillTrees,
} from "@stax/materialize";
import { jsonLayer, mcpFile, promptFile, secretsFile, treeLayer } from "./canonical.ts";
import { composed } from "./composed.ts";
import { directory } from "./directory.ts";
import { findings } from "./findings.ts";
import { manifest } from "./manifest.ts";
import { type GenericOptions, genericOptions } from "./options.ts";

const elsewhere = { restElsewhere: true };

/**
 * adapter writes for consumers without an adapter of their own: AGENTS.md and skills where most runtimes look, and every canonical layer
 * beside a manifest below `.agents/stax`, so that nothing is lost. It never claims exact files (S12-21).
 */
export const adapter = defineAdapter({
  name: "generic",
  displayName: "Generic",
  adapterVersion: "1.0.0",
  anyRuntime: true,
  exactMode: false,
  options: genericOptions,
  outputs: [
    document(
      { project: "AGENTS.md", user: ".agents/AGENTS.md" },
      [
        allSurfaceSections,
        promptSection,
        personaSection,
        ruleSections(elsewhere),
        rootInstructions,
        nestedInstructions("AGENTS.md", elsewhere),
        knowledgePointer,
        composed,
      ],
      {
        nested: "**/AGENTS.md",
        description: "root instructions, and one AGENTS.md in each directory of the instruction tree",
      },
    ),
    files(`${directory}/SYSTEM_PROMPT.md`, promptFile, { description: "the prompt with its templates" }),
    files(`${directory}/persona.json`, jsonLayer("persona"), { description: "the persona" }),
    files(`${directory}/surfaces/**`, treeLayer("surfaces", "surfaces"), { description: "surfaces, byte for byte" }),
    files(`${directory}/rules/**`, treeLayer("rules", "rules"), { description: "rules with their front matter" }),
    files(".agents/skills/**", skillTrees(".agents/skills", { hooks: true }), { description: "skills, as authored" }),
    files(`${directory}/mcp.json`, mcpFile, { description: "MCP servers in the format's own form" }),
    files(`${directory}/subagents.json`, jsonLayer("subagents"), { description: "subagents" }),
    files(`${directory}/instruction-tree/**`, treeLayer("instructionTree", "instruction-tree"), {
      description: "the instruction tree",
    }),
    files(".agents/knowledge/**", knowledgeTree, { description: "knowledge, in one place for every runtime" }),
    files(`${directory}/memory/**`, treeLayer("memory", "memory"), { description: "seed memory" }),
    files(`${directory}/secrets.json`, secretsFile, { description: "which secrets are needed; never a value" }),
    files(`${directory}/manifest.json`, manifest, { description: "where everything is, and the consumer's config" }),
  ],
  unsupported: {
    toolPermissions: "a generic consumer's permissions are part of its own config, which the manifest carries",
  },
  runtimeFiles: (["project", "user"] as const).flatMap((scope) =>
    ["AGENTS.md", "**/AGENTS.md", ".agents/**"].map((path) => ({ path, scope, class: "managed" as const })),
  ),
  import: { signs: [`${directory}/manifest.json`], directories: [directory] },
  modelParams: commonModelParams,
  capabilities: { hooks: "runs programs, from the front matter of skills" },
  compile: ({ runtime = "generic", importMode, fidelity, config = {}, targets }: GenericOptions) => ({
    runtime,
    config,
    ...(importMode === undefined ? {} : { importMode }),
    ...(fidelity === undefined ? {} : { fidelity }),
    targets: targets ?? [],
  }),
  decompile: ({ runtime, importMode, fidelity, config, targets, model, modelParams }) => ({
    runtime,
    importMode,
    fidelity,
    config,
    targets,
    model,
    modelParams,
  }),
  check: findings,
});

/** generic compiles options for a consumer without an adapter: `adapter: generic({ runtime: "…", importMode: "filesystem", … })`. */
export const generic = adapter.configure;
