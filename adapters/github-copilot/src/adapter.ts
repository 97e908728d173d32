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
} from "@stax/materialize";
import { agentFiles } from "./agents.ts";
import { cliServers, editorServers } from "./mcp.ts";
import { model } from "./model.ts";
import { type GithubCopilotOptions, githubCopilotOptions } from "./options.ts";
import { optionsFor, readers } from "./read.ts";
import { alwaysApplied, embeddedRules, pathInstructions } from "./rules.ts";
import { runtimeFiles } from "./runtime-files.ts";
import { skillFiles } from "./skills.ts";

/** adapter is the file contract of GitHub Copilot: the CLI as of 1.0.102, VS Code and github.com as documented. */
export const adapter = defineAdapter({
  name: "github-copilot",
  aliases: ["copilot"],
  displayName: "GitHub Copilot",
  adapterVersion: "1.0.0",
  runtimeVersionRange: ">=1.0 <2",
  options: githubCopilotOptions,
  outputs: [
    document(
      ({ writeAgentsMd }: GithubCopilotOptions) => ({
        project: writeAgentsMd ? "AGENTS.md" : ".github/copilot-instructions.md",
        user: ".copilot/copilot-instructions.md",
      }),
      [
        allSurfaceSections,
        promptSection,
        personaSection,
        embeddedRules,
        rootInstructions,
        nestedInstructions("AGENTS.md"),
        knowledgePointer,
      ],
      {
        when: "writeInstructions",
        nested: "**/AGENTS.md",
        // Copilot puts all of these into every prompt: what others write there would be read twice (decision O13).
        alsoAt: ["AGENTS.md", "CLAUDE.md", ".claude/rules/*.md"],
        description:
          "root instructions with the rules that always apply, and one AGENTS.md in each directory of the instruction tree",
      },
    ),
    files(
      { project: ".github/instructions/*.instructions.md", user: ".copilot/instructions/*.instructions.md" },
      pathInstructions,
      {
        when: "writePathInstructions",
        alsoAt: ["AGENTS.md", "CLAUDE.md", ".claude/rules/*.md"],
        alwaysLoaded: alwaysApplied,
        description: "rules for some files, by `applyTo`",
      },
    ),
    files({ project: ".github/skills/**" }, skillFiles(".github/skills"), {
      when: "writeSkills",
      alsoAt: [".agents/skills/**", ".claude/skills/**"],
      description: "skills, as authored",
    }),
    files({ user: ".copilot/skills/**" }, skillFiles(".copilot/skills"), {
      when: "writeSkills",
      alsoAt: [".agents/skills/**"],
      description: "skills, as authored",
    }),
    files({ project: ".github/agents/*.agent.md", user: ".copilot/agents/*.agent.md" }, agentFiles, {
      when: "writeAgents",
      optIn: true,
      alsoAt: [".claude/agents/*.md"],
      description: "subagents, with writeAgents",
    }),
    config("json", { project: ".mcp.json", user: ".copilot/mcp-config.json" }, [cliServers], {
      when: "writeMcp",
      description: "MCP servers for the CLI and the cloud agent",
    }),
    config("json", { project: ".vscode/mcp.json" }, [editorServers], {
      when: "writeMcp",
      description: "MCP servers for VS Code, which asks for secrets",
    }),
    config("json", { project: ".github/copilot/settings.json", user: ".copilot/settings.json" }, [model], {
      description: "the model, for Copilot CLI",
    }),
    files(".agents/knowledge/**", knowledgeTree, { description: "knowledge, in one place for every runtime" }),
  ],
  unsupported: {
    memory: "Copilot keeps its memories itself, outside the files that an artifact may own",
    secrets: "secrets stay in the environment, or VS Code asks for them; servers refer to them by name",
    toolPermissions: "Copilot's permissions are given by a person, and kept in files of their own",
  },
  modelParams: commonModelParams,
  capabilities: { hooks: "runs programs, from the front matter of skills" },
  notices: [
    {
      paths: ".mcp.json",
      scope: "project",
      code: "trust-gated",
      message: "Copilot CLI starts these servers only in a folder that you trust",
      hint: "run copilot in the folder once and trust it",
    },
    {
      paths: ".vscode/mcp.json",
      scope: "project",
      code: "trust-gated",
      message: "VS Code starts these servers only after you trust them",
      hint: "open the file in VS Code and start the servers there",
    },
  ],
  runtimeFiles,
  import: {
    signs: [
      ".github/copilot-instructions.md",
      ".github/instructions/**",
      ".github/prompts/**",
      ".github/chatmodes/**",
      ".github/agents/**",
      ".github/skills/**",
      ".github/copilot/**",
      ".github/mcp.json",
      ".vscode/mcp.json",
      ".copilot/**",
    ],
    directories: [
      ...["instructions", "prompts", "chatmodes", "agents", "skills", "copilot"].map((name) => `.github/${name}`),
      ".copilot",
    ],
    layouts: [{ writeAgentsMd: true }],
    // Copilot CLI takes the first that it finds; of a server in both, so does the import.
    configs: [{ project: ".github/mcp.json" }, { project: ".mcp.json" }],
    optionsFor,
    readers,
  },
  alsoReads: [
    { path: "AGENTS.md", scope: "project", message: "Copilot loads it beside the instructions that stax writes" },
    { path: "CLAUDE.md", scope: "project", message: "Copilot loads it beside the instructions that stax writes" },
    { path: "GEMINI.md", scope: "project", message: "Copilot CLI loads it beside the instructions that stax writes" },
    {
      path: ".github/copilot-instructions.md",
      scope: "project",
      message: "Copilot loads it beside the instructions that stax writes",
    },
    {
      path: ".github/mcp.json",
      scope: "project",
      message: "Copilot CLI reads the first of .mcp.json and .github/mcp.json that it finds, not both",
    },
  ],
});

/** githubCopilot compiles options for GitHub Copilot: `adapter: githubCopilot({ writeAgents: true })`. */
export const githubCopilot = adapter.configure;
