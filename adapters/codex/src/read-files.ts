import {
  commandsAsSkills,
  type FoundSubagent,
  type JsonObject,
  parseConfig,
  type ReadContext,
  type Reader,
  readSkillTrees,
  stringOf,
  subagentsLayer,
  textOf,
} from "@stax/materialize";
import { fileEntry } from "@stax/schema";

/** readAgents reads `.codex/agents/**`. Codex drops a file that lacks one of three keys: it means nothing, and is left. */
export const readAgents: Reader = {
  claims: ".codex/agents/**/*.toml",
  read: async (found, context) => {
    const agents: FoundSubagent[] = [];
    for (const file of found) {
      const value = parseConfig(Buffer.from(await textOf(file, context)), "toml", (key, reason) =>
        context.left(file.path, key, reason),
      );
      const agent = typeof value === "string" ? value : agentOf(value, file.path, context);
      if (typeof agent === "string") context.left(file.path, undefined, agent);
      else agents.push(agent);
    }
    return { layers: subagentsLayer(agents, context) };
  },
};

const agentKeys = ["name", "description", "developer_instructions"] as const;

function agentOf(value: JsonObject, path: string, context: ReadContext): FoundSubagent | string {
  const [name, description, instructions] = agentKeys.map((key) => stringOf(value[key]));
  if (name === undefined || description === undefined || instructions === undefined) {
    const missing = agentKeys.filter((key) => stringOf(value[key]) === undefined);
    return `lacks ${missing.join(" and ")}, and Codex reads no such agent`;
  }
  for (const key of Object.keys(value))
    if (!agentKeys.some((known) => known === key) && !(key === "model" && stringOf(value.model) !== undefined))
      context.left(path, key, "a subagent of stax has no field for it");
  return { from: path, name, description, instructions, model: stringOf(value.model) };
}

const prompts = commandsAsSkills({ below: ".codex/prompts", called: "prompt" });

/** readPrompts makes skills of `.codex/prompts/**`; their `$1` is `$ARGUMENTS[0]` to others. */
export const readPrompts: Reader = {
  claims: prompts.claims,
  read: async (found, context) => {
    const read = await Promise.all(
      found.map(async (file) => {
        const text = await textOf(file, context);
        const filled = text.replace(/\$([1-9])(?!\d)/g, (_, digit) => `$ARGUMENTS[${Number(digit) - 1}]`);
        if (filled === text) return file;
        context.changed(file.path, "$1", "is written $ARGUMENTS[0], and so on, as other runtimes read it");
        return { ...file, out: fileEntry(file.out.path, filled) };
      }),
    );
    return prompts.read(read, context);
  },
};

const ownSkills = ".codex/skills";

/** readOwnSkills reads `.codex/skills/**`; those of the system are Codex's. */
export const readOwnSkills: Reader = {
  claims: `${ownSkills}/**`,
  read: (found, context) => {
    const [system, others] = [true, false].map((wanted) =>
      found.filter(({ path }) => path.startsWith(`${ownSkills}/.system/`) === wanted),
    );
    for (const { path } of system ?? []) context.left(path, undefined, "comes with Codex");
    return readSkillTrees(ownSkills)(others ?? [], context);
  },
};

const leaving = (claims: Reader["claims"], reason: string): Reader => ({
  claims,
  read: (found, context) => {
    for (const { path } of found) context.left(path, undefined, reason);
    return { rest: found };
  },
});

/** leftFiles are files of Codex for which stax has no counterpart. */
export const leftFiles: readonly Reader[] = [
  leaving(".codex/rules/**", "decides which commands may run, for which stax has no counterpart"),
  leaving(".codex/hooks.json", "runs programs at events of a session, for which stax has no counterpart"),
];

/** readNested reports a `.codex` further down: its settings are for one directory, an artifact's for the whole project. */
export const readNested: Reader = {
  claims: { project: "**/.codex/**" },
  read: (found, context) => {
    const nested = found.filter(({ path }) => !path.startsWith(".codex/"));
    for (const { path } of nested)
      context.left(path, undefined, "is for one directory of the project, and an artifact configures all of it");
    return { rest: found.filter(({ path }) => path.startsWith(".codex/")) };
  },
};
