import {
  commandsAsSkills,
  config,
  defineAdapter,
  files,
  mcpServers,
  notations,
  type Part,
  readMarkdownSubagents,
  type ServerDialect,
  skillTrees,
} from "@stax/materialize";
import type { FileEntry } from "@stax/schema";
import * as z from "zod";

/** Where the parts of a plugin lie once they are in their conventional places. */
export const places = { skills: "skills", commands: "commands", agents: "agents", servers: ".mcp.json" } as const;

const subagents: Part<"subagents", unknown, FileEntry> = {
  feature: "subagents",
  fidelity: "translated",
  write: () => [],
  read: readMarkdownSubagents({ named: false, ignored: ["color"] }),
};

/** A server by its command, or by its address: without a type that is streamable HTTP. */
const dialect: ServerDialect = ({ type, command, args, env, cwd, url, headers }, reader) => {
  if (typeof command === "string")
    return {
      command: reader.value(command),
      args: reader.list(args),
      env: reader.values(env),
      ...(typeof cwd === "string" && { cwd: reader.value(cwd) }),
    };
  if (typeof url !== "string" || (type !== undefined && !remote.has(String(type)))) return undefined;
  return { url: reader.value(url), transport: type === "sse" ? "sse" : "http", headers: reader.values(headers) };
};

const remote = new Set(["http", "streamable-http", "sse"]);
const none = "a plugin has no place for it";

/** pluginContract says how a plugin is read: skills, commands, subagents and servers. Nothing is ever written by it. */
export const pluginContract = defineAdapter({
  name: "plugin",
  displayName: "the plugin",
  adapterVersion: "1.0.0",
  exactMode: false,
  options: z.object({}),
  outputs: [
    files(`${places.skills}/**`, skillTrees(places.skills)),
    files(`${places.agents}/**/*.md`, subagents),
    config("json", places.servers, [
      mcpServers("mcpServers", () => undefined, {
        keeps: [],
        read: { dialect, notation: notations.braces },
      }),
    ]),
  ],
  unsupported: {
    prompt: none,
    persona: none,
    surfaces: none,
    rules: none,
    instructionTree: none,
    knowledge: none,
    memory: none,
    secrets: none,
    toolPermissions: none,
    modelConfig: none,
  },
  import: { signs: [], readers: [commandsAsSkills({ below: places.commands })] },
});
