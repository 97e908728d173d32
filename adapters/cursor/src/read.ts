import {
  commandsAsSkills,
  type FoundRule,
  type FoundSubagent,
  firstSentence,
  type JsonObject,
  matchesClaim,
  type Read,
  type ReadContext,
  type Reader,
  readSkillTrees,
  rulesLayer,
  ruleWithin,
  type Section,
  type ServerDialect,
  subagentsLayer,
  textOf,
} from "@stax/materialize";
import type { FileEntry } from "@stax/schema";
import { applicationOf, globsOf, type MdcValue, mdcPartsOf, readMdc } from "./mdc.ts";

const known = ["description", "globs", "alwaysApply"];

/** readRules reads `.cursor/rules/**` of the project and of its directories by the rules of Cursor's own parser. */
export const readRules: Read<FileEntry> = async (found, context) => {
  const rules: FoundRule[] = [];
  for (const { path, out } of found) {
    if (path.endsWith(".mdc")) rules.push(ruleOf(path, await textOf({ path, out }, context), context));
    else
      context.left(
        path,
        undefined,
        "is no rule: Cursor reads .mdc files only",
        path.endsWith(".md") ? "give it the extension .mdc" : undefined,
      );
  }
  return { layers: await rulesLayer(rules, context) };
};

function ruleOf(path: string, text: string, context: ReadContext): FoundRule {
  const [, within = "", name = path] = /^(?:(.*)\/)?\.cursor\/rules\/(.*)\.mdc$/s.exec(path) ?? [];
  const rule = { from: path, path: `${within === "" ? "" : `${within}/`}${name}.md` };
  const mdc = readMdc(text);
  if (mdc === undefined) {
    const body = text.replace(/^\ufeff/, "");
    context.changed(
      path,
      undefined,
      "has no header that Cursor reads, and Cursor skips it; it is carried as a manual rule",
    );
    return { ...rule, scope: "manual", body };
  }
  const { header, body } = mdcPartsOf(text);
  reportFields(path, mdc.fields, context);
  const { description } = mdc.fields;
  const told = typeof description === "string" && description.trim() !== "" ? description : undefined;
  const scope = applicationOf(mdc);
  const listed = listedGlobs(header);
  const globs = listed ?? globsOf(mdc.fields.globs);
  if (scope === "always") {
    if (globs.some((glob) => glob !== "**" && glob !== "**/*"))
      context.left(path, "globs", "says nothing to Cursor beside alwaysApply: true");
    return ruleWithin({ ...rule, scope, description: told, body }, within, context);
  }
  if (listed !== undefined)
    context.changed(path, "globs", "is a list in a form that Cursor does not read; its patterns are carried");
  const applied = globs.length > 0 ? "glob" : scope;
  return ruleWithin({ ...rule, scope: applied, globs, description: told, body }, within, context);
}

function reportFields(path: string, fields: Readonly<Record<string, MdcValue>>, context: ReadContext): void {
  for (const field of Object.keys(fields))
    if (!known.includes(field)) context.left(path, field, "a rule of stax has no field for it");
  const { alwaysApply } = fields;
  if (alwaysApply !== undefined && alwaysApply !== "" && typeof alwaysApply !== "boolean")
    context.changed(path, "alwaysApply", "is neither true nor false for Cursor, and counts as false");
}

/** Of lists in two of YAML's forms Cursor makes patterns with brackets and quotes in them, or none: what they are meant to say. */
function listedGlobs(header: string): readonly string[] | undefined {
  const bare = /^globs:[ \t]*\[(.*)\][ \t]*\r?$/m.exec(header)?.[1];
  const flow = bare !== undefined && /["']|^[^[\]]*,[^[\]]*$/.test(bare) ? globsOf(bare) : undefined;
  const block = /^globs:[ \t]*\r?\n((?:-[ \t]+.*(?:\r?\n|$))+)/m.exec(header)?.[1]?.split(/\r?\n/);
  return (flow ?? block)
    ?.map((item) => item.replace(/^-[ \t]+/, "").trim())
    .map((item) => /^(["'])(.*)\1$/.exec(item)?.[2] ?? item)
    .filter((item) => item !== "");
}

/** readLegacyRules reads `.cursorrules`: one rule that always applies, since Cursor reads the file whole at every start. */
export const readLegacyRules: Read<Section> = async (found, context) => {
  const rules = found.map(({ path, out }): FoundRule => {
    const { text, file } = out;
    return { from: path, path: "cursorrules.md", scope: "always", body: text, ...(file !== undefined && { file }) };
  });
  return { layers: await rulesLayer(rules, context) };
};

/** readAgents reads `.cursor/agents/*` line by line as Cursor does: quotes are part of a value. */
export const readAgents: Read<FileEntry> = async (found, context) => {
  const agents: FoundSubagent[] = [];
  for (const { path, out } of found) {
    const agent = agentOf(path, await textOf({ path, out }, context), context);
    if (agent !== undefined) agents.push(agent);
  }
  return { layers: subagentsLayer(agents, context) };
};

function agentOf(path: string, text: string, context: ReadContext): FoundSubagent | undefined {
  const [, header, body] = /^\ufeff?---[ \t]*\r?\n([\s\S]*?)(?<=\n)---[ \t]*(?:\r?\n|$)([\s\S]*)$/.exec(text) ?? [];
  const instructions = body ?? text;
  if (instructions.trim() === "") {
    context.left(path, undefined, "has no instructions, and Cursor skips such an agent");
    return undefined;
  }
  if (header === undefined) context.changed(path, undefined, "has no header, and Cursor skips it");
  const fields = new Map(linesOf(header ?? ""));
  for (const [field, value] of fields) {
    if (!["name", "description", "model"].includes(field))
      context.left(path, field, "a subagent of stax has no field for it");
    else if (/^(["']).*\1$/.test(value))
      context.changed(path, field, "the quotes around it are part of it for Cursor, and are carried");
  }
  const stem = path.slice(path.lastIndexOf("/") + 1).replace(/\.mdc?$/, "");
  const name = fields.get("name") ?? stem;
  const given = fields.get("description");
  if (given === undefined && header !== undefined)
    context.changed(path, "description", "is missing; the first line takes its place");
  const description = given ?? firstSentence(instructions) ?? name;
  return { from: path, name, description, instructions, model: fields.get("model") };
}

const linesOf = (header: string): readonly (readonly [string, string])[] =>
  header.split("\n").flatMap((line) => {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    return line.trim().startsWith("#") || name === "" || value === "" ? [] : [[name, value] as const];
  });

/** serverDialect reads an entry of `.cursor/mcp.json`; one with a url and no type is reached by http. */
export const serverDialect: ServerDialect = (entry, reader) => {
  const { type, command, args, env, cwd, url, headers } = entry;
  if (typeof command === "string")
    return {
      command: reader.value(command),
      args: reader.list(args),
      env: reader.values(env),
      cwd: typeof cwd === "string" ? reader.value(cwd) : undefined,
    };
  if (typeof url !== "string") return undefined;
  return { url: reader.value(url), transport: type === "sse" ? "sse" : "http", headers: reader.values(headers) };
};

const leave = (path: string, reason: string): Reader => ({
  claims: { project: path },
  read: (found, context) => {
    for (const file of found) context.left(file.path, undefined, reason);
    return { rest: found };
  },
});
const ignored = "says what Cursor may not read, and an artifact has no place for it";

/** readers reads what Cursor reads and stax never writes. */
export const readers: readonly Reader[] = [
  { claims: { project: "**/.cursor/rules/**" }, read: readRules },
  { claims: ".cursor/agents/*.mdc", read: readAgents },
  { claims: ".agents/skills/**", read: readSkillTrees(".agents/skills") },
  commandsAsSkills({ below: ".cursor/commands" }),
  leave(".cursorignore", ignored),
  leave(".cursorindexingignore", ignored),
  leave(".cursor/hooks.json", "runs programs, which an artifact does not carry"),
];

/** optionsFor keeps the one `.cursorrules` of a project that has no rule files. */
export const optionsFor = (paths: ReadonlySet<string>): JsonObject =>
  paths.has(".cursorrules") && ![...paths].some((path) => matchesClaim("**/.cursor/rules/**/*.mdc", path))
    ? { legacyCursorrules: true }
    : {};
