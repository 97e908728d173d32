import {
  allSurfaceSections,
  commonModelParams,
  config,
  defineAdapter,
  document,
  files,
  isObject,
  type JsonObject,
  knowledgePointer,
  knowledgeTree,
  nestedInstructions,
  personaSection,
  promptSection,
  rootInstructions,
  ruleSections,
  stringsOf,
} from "@stax/materialize";
import { agentFiles } from "./agents.ts";
import { servers } from "./mcp.ts";
import { codexOptions } from "./options.ts";
import { leftFiles, readAgents, readNested, readOwnSkills, readPrompts } from "./read-files.ts";
import { runtimeFiles } from "./runtime-files.ts";
import { capabilities, model, passedThrough, permissions } from "./settings.ts";
import { skillFiles } from "./skills.ts";

const untrustedFolder = {
  scope: "project",
  code: "trust-gated",
  message: "Codex ignores this file until you trust the project; AGENTS.md and skills are read at once",
  hint: "run codex in the project once and trust it",
} as const;

/** adapter is the file contract of Codex, as of 0.169. */
export const adapter = defineAdapter({
  name: "codex",
  displayName: "Codex",
  adapterVersion: "1.0.0",
  runtimeVersionRange: ">=0.169 <1",
  options: codexOptions,
  outputs: [
    document(
      { project: "AGENTS.md", user: ".codex/AGENTS.md" },
      [
        allSurfaceSections,
        promptSection,
        personaSection,
        ruleSections(),
        rootInstructions,
        nestedInstructions("AGENTS.md"),
        knowledgePointer,
      ],
      {
        when: "writeInstructions",
        nested: "**/AGENTS.md",
        description: "root instructions with the rules, and one AGENTS.md in each directory of the instruction tree",
      },
    ),
    files(".agents/skills/**", skillFiles, { when: "writeSkills", description: "skills, as authored" }),
    files(".codex/agents/*.toml", agentFiles, { description: "subagents" }),
    config("toml", ".codex/config.toml", [passedThrough, model, permissions], {
      when: "writeConfig",
      description: "model, approval policy, sandbox and further keys of the artifact",
    }),
    config("toml", ".codex/config.toml", [servers], { when: "writeMcp", description: "MCP servers" }),
    files(".agents/knowledge/**", knowledgeTree, { description: "knowledge, in one place for every runtime" }),
  ],
  unsupported: {
    memory: "Codex keeps its memory itself, outside the files that an artifact may own",
    secrets: "secrets stay in the environment; servers name the variables that Codex forwards",
  },
  modelParams: {
    ...commonModelParams,
    reasoning_effort: { ...commonModelParams.reasoning_effort, supported: true },
  },
  capabilities,
  budgets: [
    {
      paths: "**/AGENTS.md",
      scope: "project",
      unit: "bytes",
      limit: 32_768,
      chain: true,
      effect: "silently cuts the instructions from the root down to a directory",
    },
  ],
  notices: [
    { ...untrustedFolder, paths: ".codex/config.toml" },
    { ...untrustedFolder, paths: ".codex/agents/*.toml" },
  ],
  runtimeFiles,
  import: {
    signs: [".codex/**", "**/AGENTS.override.md"],
    directories: [".codex"],
    readers: [readNested, readOwnSkills, readAgents, readPrompts, ...leftFiles],
    standIns: (options) => [
      { file: { project: "AGENTS.override.md", user: ".codex/AGENTS.override.md" }, where: "directory" },
      ...fallbackNames(options).map((name) => ({ file: { project: name }, where: "directory" as const })),
    ],
  },
  alsoReads: [
    {
      path: "AGENTS.override.md",
      scope: "project",
      message: "Codex reads it instead of the AGENTS.md that stax writes",
    },
    {
      path: ".codex/AGENTS.override.md",
      scope: "user",
      message: "Codex reads it instead of the AGENTS.md that stax writes",
    },
  ],
});

// What a project's own configuration lets Codex read where a directory has no AGENTS.md.
function fallbackNames({ config }: JsonObject): readonly string[] {
  const names = isObject(config) ? stringsOf(config.project_doc_fallback_filenames) : undefined;
  return (names ?? []).filter((name) => /^[\w.-]+$/.test(name) && !/^\.+$/.test(name));
}

/** codex compiles options for Codex: `adapter: codex({ model: "…" })`. */
export const codex = adapter.configure;
