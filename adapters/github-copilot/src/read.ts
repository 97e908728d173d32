import {
  commandsAsSkills,
  type FoundRule,
  type FoundSubagent,
  firstSentence,
  type JsonObject,
  lenientMarkdown,
  listField,
  matchesClaim,
  oneLine,
  type Read,
  type ReadContext,
  type Reader,
  readSkillTrees,
  rulesLayer,
  stringField,
  stringOf,
  subagentsLayer,
  textOf,
} from "@stax/materialize";
import type { FileEntry } from "@stax/schema";
import { splitPatterns } from "./patterns.ts";

const all = new Set(["**", "*"]);
const suffix = ".instructions.md";

/** readInstructions reads `.github/instructions/**`: `applyTo` makes a rule of scope glob; for all files, or without it, a rule always applies. */
export const readInstructions: Read<FileEntry> = async (found, context) => {
  const rules: FoundRule[] = [];
  for (const { path, out } of found) {
    if (path.endsWith(suffix)) rules.push(ruleOf(path, await textOf({ path, out }, context), context));
    else context.left(path, undefined, `is read by nobody: Copilot takes files that end in ${suffix}`);
  }
  return { layers: await rulesLayer(rules, context) };
};

function ruleOf(path: string, text: string, context: ReadContext): FoundRule {
  const { fields, body, problem } = lenientMarkdown(text);
  if (problem !== undefined) context.changed(path, "front matter", `${problem}; it is read line by line`);
  for (const field of Object.keys(fields))
    if (!["applyTo", "description"].includes(field)) context.left(path, field, "a rule of stax has no field for it");
  const name = path.replace(/^(?:\.github|\.copilot)\/instructions\//, "").slice(0, -suffix.length);
  const description = typeof fields.description === "string" ? fields.description : undefined;
  const rule = { from: path, path: `${name}.md`, description, body };
  const globs = patternsOf(fields, problem !== undefined);
  if (globs.length === 0) {
    context.changed(
      path,
      "applyTo",
      "is missing: Copilot CLI always applies it, VS Code by hand; the rule always applies",
    );
    return { ...rule, scope: "always" };
  }
  const when = description === undefined ? undefined : `Applies when: ${oneLine(description)}\n\n`;
  if (!globs.some((glob) => all.has(glob))) return { ...rule, scope: "glob", globs };
  if (when !== undefined && body.startsWith(when)) return { ...rule, scope: "auto", body: body.slice(when.length) };
  return { ...rule, scope: "always" };
}

function patternsOf(fields: Readonly<Record<string, unknown>>, lineByLine: boolean): readonly string[] {
  if (lineByLine) return listField(fields, "applyTo") ?? [];
  const value = Object.hasOwn(fields, "applyTo") ? fields.applyTo : undefined;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => (typeof item === "string" ? splitPatterns(item) : []));
}

const carried = ["name", "description", "model"];

/** readAgents reads custom agents; Copilot names one by its file, whatever its `name` says. */
export const readAgents =
  (...suffixes: readonly string[]): Read<FileEntry> =>
  async (found, context) => {
    const agents: FoundSubagent[] = [];
    for (const { path, out } of found) {
      const agent = agentOf(path, await textOf({ path, out }, context), suffixes, context);
      if (agent !== undefined) agents.push(agent);
    }
    return { layers: subagentsLayer(agents, context) };
  };

function agentOf(
  path: string,
  text: string,
  suffixes: readonly string[],
  context: ReadContext,
): FoundSubagent | undefined {
  const { fields, body, problem } = lenientMarkdown(text);
  if (Object.keys(fields).length === 0 && !path.endsWith(".agent.md")) {
    context.left(path, undefined, "is no agent: it has no front matter, and Copilot refuses it");
    return undefined;
  }
  if (problem !== undefined) context.changed(path, "front matter", `${problem}; it is read line by line`);
  for (const [field, value] of Object.entries(fields))
    if (!carried.includes(field)) context.left(path, field, "a subagent of stax has no field for it");
    else if (typeof value !== "string") context.left(path, field, "is no text");
  const file = path.slice(path.lastIndexOf("/") + 1);
  const ending = suffixes.find((one) => file.endsWith(one)) ?? "";
  const name = file.slice(0, file.length - ending.length);
  const title = stringField(fields, "name");
  if (title !== undefined && title !== name)
    context.changed(path, "name", "is not carried: Copilot names an agent by its file");
  const given = stringField(fields, "description");
  if (given === undefined) context.changed(path, "description", "is missing; the first line takes its place");
  const description = given ?? firstSentence(body) ?? name;
  return { from: path, name, description, instructions: body, model: stringField(fields, "model") };
}

const readModes: Read<FileEntry> = (found, context) => {
  for (const { path } of found) context.changed(path, undefined, "the chat mode is carried as a subagent");
  return readAgents(".chatmode.md", ".md")(found, context);
};

const asSkills = commandsAsSkills({ below: { project: ".github/prompts" }, suffix: ".prompt.md", called: "prompt" });
const prompts: Reader = {
  ...asSkills,
  read: async (found, context) => {
    for (const file of found)
      if (/\$\{[a-z]+(?::[^{}]*)?\}/i.test(await textOf(file, context)))
        context.changed(file.path, "variables", "such as ${input:name} are filled in by VS Code only");
    return asSkills.read(found, context);
  },
};

/** readModel takes `model` out of the settings; what else is there has no place in stax. */
export const readModel: Read<JsonObject> = (found) => {
  const model = found.map(({ out }) => stringOf(out.model)).find((value) => value !== undefined);
  const rest = found.map(({ path, out: { model: taken, ...others } }) => ({
    path,
    out: stringOf(taken) === undefined && taken !== undefined ? { model: taken, ...others } : others,
  }));
  return {
    rest: rest.filter(({ out }) => Object.keys(out).length > 0),
    ...(model !== undefined && { options: { model } }),
  };
};

/** readers reads what Copilot reads and stax never writes. */
export const readers: readonly Reader[] = [
  { claims: { project: ".github/instructions/**", user: ".copilot/instructions/**" }, read: readInstructions },
  { claims: { project: ".github/agents/*.md", user: ".copilot/agents/*.md" }, read: readAgents(".agent.md", ".md") },
  { claims: { project: ".github/chatmodes/*.md" }, read: readModes },
  prompts,
  { claims: ".agents/skills/**", read: readSkillTrees(".agents/skills") },
];

/** optionsFor keeps subagents where there are any, and root instructions in AGENTS.md where only that is there. */
export const optionsFor = (paths: ReadonlySet<string>): JsonObject => ({
  ...([...paths].some(isAgent) && { writeAgents: true }),
  ...(paths.has("AGENTS.md") && !paths.has(".github/copilot-instructions.md") && { writeAgentsMd: true }),
});

const isAgent = (path: string): boolean =>
  [".github/agents/*.md", ".github/chatmodes/*.md", ".copilot/agents/*.md"].some((claim) => matchesClaim(claim, path));
