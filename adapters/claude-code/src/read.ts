import {
  commandsAsSkills,
  type Found,
  type FoundRule,
  isObject,
  type Json,
  type JsonObject,
  lenientMarkdown,
  listField,
  looksSecret,
  type Read,
  type ReadContext,
  type Reader,
  type Recovered,
  rulesLayer,
  type ServerDialect,
  stringField,
  stringOf,
  stringsOf,
  textOf,
} from "@stax/materialize";
import type { FileEntry } from "@stax/schema";

/** readRules reads `.claude/rules/**`: `paths` makes a rule of scope glob; without it, or with one that is no list, a rule always applies. */
export const readRules: Read<FileEntry> = async (found, context) => {
  const rules: FoundRule[] = [];
  for (const { path, out } of found) {
    rules.push(await ruleOf(path, out, context));
  }
  return { layers: await rulesLayer(rules, context) };
};

const rulesPath = /^(?:(.*)\/)?\.claude\/rules\/(.*)$/s;

/** Rules of a directory are for what lies there: Claude Code loads them once it reads a file of it. */
const readRulesBelow: Read<FileEntry> = async (found, context) => {
  const [rules, rest]: [FoundRule[], typeof found] = [[], found.filter(({ path }) => path.startsWith(".claude/"))];
  for (const { path, out } of found) {
    const [, within = "", name = path] = rulesPath.exec(path) ?? [];
    if (path.startsWith(".claude/")) continue;
    const rule = await ruleOf(path, out, context);
    const { file: _, globs = [], ...others } = rule;
    const inside = globs.map((glob) => (glob.startsWith(`${within}/`) ? glob : `${within}/${glob.replace(/^\//, "")}`));
    context.changed(path, undefined, `is carried as a rule for files in ${within}/`);
    rules.push({
      ...others,
      path: `${within}/${name}`,
      scope: "glob",
      globs: inside.length > 0 ? inside : [`${within}/**`],
    });
  }
  return { layers: await rulesLayer(rules, context), rest };
};

async function ruleOf(path: string, file: FileEntry, context: ReadContext): Promise<FoundRule> {
  const { fields, body, problem } = lenientMarkdown(await textOf({ path, out: file }, context));
  if (problem !== undefined)
    context.changed(path, "front matter", `${problem}: Claude Code does not load the rule, and stax carries it`);
  for (const field of Object.keys(fields))
    if (field !== "paths" && field !== "description") context.left(path, field, "means nothing to Claude Code");
  const globs = listField(fields, "paths") ?? [];
  return {
    from: path,
    path: path.slice(".claude/rules/".length),
    scope: globs.length > 0 ? "glob" : "always",
    globs,
    description: stringField(fields, "description"),
    body,
    file,
  };
}

/** readers read what Claude Code has beside the files that are written: commands become skills; styles and hooks stay where they are. */
export const readers: readonly Reader[] = [
  commandsAsSkills({ below: ".claude/commands" }),
  { claims: { project: "*/**/.claude/rules/**/*.md" }, read: readRulesBelow },
  { claims: { project: "*/**/.claude/skills/**" }, read: leaveSkillsBelow },
  {
    claims: ".claude/output-styles/*.md",
    read: leaveAll(
      "is a style of output, for which stax has no place",
      "say it in surfaces/persona.md, or in the prompt",
    ),
  },
  {
    claims: ".claude/hooks/**",
    read: leaveAll("is a program of hooks, which an artifact does not carry"),
  },
];

function leaveSkillsBelow(found: readonly Found<FileEntry>[], context: ReadContext): Recovered<FileEntry> {
  const below = found.filter(({ path }) => !path.startsWith(".claude/"));
  for (const { path } of below)
    if (path.endsWith("/SKILL.md"))
      context.left(
        path,
        undefined,
        "is a skill of a directory, and stax has them for a project only",
        "move it to .claude/skills",
      );
    else context.left(path, undefined, "belongs to a skill of a directory");
  return { rest: found };
}

function leaveAll(reason: string, hint?: string): Reader["read"] {
  return (found, context) => {
    for (const { path } of found) context.left(path, undefined, reason, hint);
    return { rest: found };
  };
}

/** serverDialect reads an entry of `.mcp.json`. A url without a type is one that Claude Code skips; it is carried as http. */
export const serverDialect: ServerDialect = (entry, reader) => {
  const { type, command, args, env, url, headers } = entry;
  if (typeof command === "string")
    return { command: reader.value(command), args: reader.list(args), env: reader.values(env) };
  if (typeof url !== "string") return undefined;
  if (type !== undefined && type !== "http" && type !== "sse" && type !== "streamable-http") return undefined;
  return {
    url: reader.value(url),
    transport: type === "sse" ? "sse" : "http",
    headers: reader.values(headers),
  };
};

/** readModel takes `model` out of the settings. */
export const readModel: Read<JsonObject> = (found) => {
  const model = found.map(({ out }) => stringOf(out.model)).find((value) => value !== undefined);
  const rest = found.map(({ path, out: { model: taken, ...others } }) => ({
    path,
    out: typeof taken === "string" || taken === undefined ? others : { model: taken, ...others },
  }));
  return {
    rest: rest.filter(({ out }) => Object.keys(out).length > 0),
    ...(model !== undefined && { options: { model } }),
  };
};

const optionOf = { allow: "allowedTools", deny: "denyRules", ask: "askRules" } as const;
const isKind = (key: string): key is keyof typeof optionOf => Object.hasOwn(optionOf, key);

/** readPermissions takes the allow, deny and ask rules out of the settings; those that are no rules, or hold a credential, are reported. */
export const readPermissions: Read<JsonObject> = (found, context) => {
  const permissions: Record<string, Json> = {};
  const rest = found.flatMap(({ path, out }) => {
    if (!isObject(out.permissions)) return [{ path, out }];
    const { permissions: given, ...others } = out;
    const left: Record<string, Json> = {};
    for (const [key, value] of Object.entries(given)) {
      if (isKind(key) && Array.isArray(value)) permissions[optionOf[key]] = rulesIn(value, key, path, context);
      else left[key] = value;
    }
    const kept = Object.keys(left).length > 0 ? { ...others, permissions: left } : others;
    return Object.keys(kept).length > 0 ? [{ path, out: kept }] : [];
  });
  return { rest, ...(Object.keys(permissions).length > 0 && { options: { permissions } }) };
};

const rule = /^[A-Za-z_][\w.*-]*(?:\(.*\))?$/u;

// Claude Code adds commands as they were typed, which is how tokens get in: a rule that is left is named by its number.
function rulesIn(list: readonly Json[], key: string, path: string, context: ReadContext): readonly string[] {
  return list.filter((item, index): item is string => {
    const problem =
      typeof item !== "string" || !rule.test(item)
        ? "is no rule"
        : looksSecret(item)
          ? "holds what looks like a credential"
          : undefined;
    if (problem !== undefined) context.left(path, `permissions.${key}[${index}]`, problem);
    return problem === undefined;
  });
}

/** readSwitchedOff takes the servers that are switched off out of the settings: each says so itself in an artifact. */
export const readSwitchedOff: Read<JsonObject> = (found, context) => {
  const off: string[] = [];
  const rest = found.flatMap(({ path, out }) => {
    const { disabledMcpjsonServers: given, ...others } = out;
    if (given !== undefined && !Array.isArray(given)) context.left(path, "disabledMcpjsonServers", "is no list");
    off.push(...(stringsOf(given) ?? []));
    return Object.keys(others).length > 0 ? [{ path, out: others }] : [];
  });
  return { rest, switchedOff: off };
};

/** readSettings takes what is left of the settings as they are; those that run a program are written only where the user allows it. */
export const readSettings: Read<JsonObject> = (found, context) => {
  const settings: Record<string, Json> = {};
  for (const { path, out } of found)
    for (const [key, value] of Object.entries(out)) {
      if (key === "env") context.left(path, key, reasonForEnv(value), "set them where Claude Code is started");
      else if (key === "mcpServers")
        context.left(path, key, "says nothing here: Claude Code reads servers in .mcp.json");
      else if (key !== "$schema") settings[key] = value;
    }
  return Object.keys(settings).length === 0 ? {} : { options: { settings } };
};

const reasonForEnv = (env: Json): string => {
  const names = isObject(env) ? Object.keys(env).join(", ") : "";
  return `sets variables of every session, which may be secrets${names === "" ? "" : ` (${names})`}`;
};
