import {
  allSurfaceSections,
  commonModelParams,
  config,
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
  type Scope,
  type StandIn,
} from "@stax/materialize";
import { agentFiles } from "./agents.ts";
import { servers } from "./mcp.ts";
import { opencodeOptions } from "./options.ts";
import { readAgentFiles } from "./read-agent-files.ts";
import { readCommands } from "./read-commands.ts";
import { leftFiles, readOtherSkills } from "./read-skills.ts";
import { runtimeFiles } from "./runtime-files.ts";
import { agents, capabilities, model, passedThrough, permissions, withSchema } from "./settings.ts";
import { commandFiles, skillFiles } from "./skills.ts";

const own = (name: string) => (scope: Scope) => (scope === "user" ? `.config/opencode/${name}` : `.opencode/${name}`);
const markdownIn = (name: string) => ({ project: `.opencode/${name}/*.md`, user: `.config/opencode/${name}/*.md` });

/** adapter is the file contract of opencode, as of 1.18.33. */
export const adapter = defineAdapter({
  name: "opencode",
  displayName: "opencode",
  adapterVersion: "1.0.0",
  runtimeVersionRange: ">=1.18 <2",
  options: opencodeOptions,
  outputs: [
    document(
      { project: "AGENTS.md", user: ".config/opencode/AGENTS.md" },
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
        nested: "**/AGENTS.md",
        description: "root instructions with the rules, and one AGENTS.md in each directory of the instruction tree",
      },
    ),
    config(
      "json",
      { project: "opencode.jsonc", user: ".config/opencode/opencode.jsonc" },
      [withSchema(passedThrough), withSchema(model), withSchema(agents), withSchema(permissions), withSchema(servers)],
      { ordered: ["permission", "agent.*"], description: "model, agents, permissions, MCP servers and further keys" },
    ),
    files(".agents/skills/**", skillFiles, { alsoAt: [".claude/skills/**"], description: "skills, as authored" }),
    files(markdownIn("commands"), commandFiles(own("commands")), {
      when: "writeCommands",
      description: "commands for skills that opencode's own commands do not serve",
    }),
    files(markdownIn("agents"), agentFiles(own("agents")), {
      when: "writeAgents",
      optIn: true,
      description: "subagents",
    }),
    files(".agents/knowledge/**", knowledgeTree, { description: "knowledge, in one place for every runtime" }),
  ],
  unsupported: {
    memory: "opencode keeps its sessions itself, outside the files that an artifact may own",
    secrets: "secrets stay in the environment; servers refer to them as {env:NAME}",
  },
  modelParams: commonModelParams,
  capabilities,
  runtimeFiles,
  import: {
    signs: ["opencode.json", "opencode.jsonc", ".opencode/**", ".config/opencode/**"],
    directories: [".opencode", ".config/opencode"],
    configs: [
      { project: "opencode.json", user: ".config/opencode/opencode.json" },
      { project: "opencode.jsonc", user: ".config/opencode/opencode.jsonc" },
      { project: ".opencode/opencode.json" },
      { project: ".opencode/opencode.jsonc" },
    ],
    readers: [
      ...readOtherSkills,
      readCommands("commands"),
      readCommands("command"),
      readAgentFiles("agents"),
      readAgentFiles("agent"),
      readAgentFiles("modes"),
      readAgentFiles("mode"),
      ...leftFiles,
    ],
    standIns: (): readonly StandIn[] => [{ file: { project: "CLAUDE.md", user: ".claude/CLAUDE.md" }, where: "root" }],
  },
  alsoReads: [
    {
      path: "opencode.json",
      scope: "project",
      message: "opencode reads it beside opencode.jsonc, which wins where both say something",
    },
    {
      path: ".opencode/opencode.json",
      scope: "project",
      message: "opencode reads it after opencode.jsonc; it wins over what stax writes",
    },
    {
      path: ".opencode/opencode.jsonc",
      scope: "project",
      message: "opencode reads it after opencode.jsonc; it wins over what stax writes",
    },
  ],
});

/** opencode compiles options for opencode: `adapter: opencode({ model: "anthropic/…" })`. */
export const opencode = adapter.configure;
