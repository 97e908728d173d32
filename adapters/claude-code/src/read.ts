import {
  type FoundRule,
  isObject,
  type Json,
  type JsonObject,
  lenientMarkdown,
  listField,
  type Read,
  type ReadContext,
  type Reader,
  rulesLayer,
  type ServerDialect,
  skillDocument,
  skillNameOf,
  skillsLayer,
  stringOf,
  stringsOf,
} from "@stax/materialize";
import { type FileEntry, readEntry } from "@stax/schema";

const limit = 16 * 1024 * 1024;

/** readRules reads `.claude/rules/**`: `paths` makes a rule of scope glob; without it, or with one that is no list, a rule always applies. */
export const readRules: Read<FileEntry> = async (found, context) => {
  const rules: FoundRule[] = [];
  for (const { path, out } of found) {
    if (path.endsWith(".md")) rules.push(await ruleOf(path, out, context));
    else context.left(path, undefined, "is no rule: Claude Code reads .md files only");
  }
  return { layers: await rulesLayer(rules, context) };
};

async function ruleOf(path: string, file: FileEntry, context: ReadContext): Promise<FoundRule> {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readEntry(file, limit));
  const { fields, body, problem } = lenientMarkdown(text);
  if (problem !== undefined)
    context.changed(path, "front matter", `${problem}: Claude Code does not load the rule, and stax carries it`);
  for (const field of Object.keys(fields))
    if (!["paths", "description", "name"].includes(field)) context.left(path, field, "means nothing to Claude Code");
  const globs = listField(fields, "paths") ?? [];
  return {
    from: path,
    path: path.slice(".claude/rules/".length),
    scope: globs.length > 0 ? "glob" : "always",
    globs,
    body,
    file,
  };
}

/** readCommands makes skills of `.claude/commands/**`: what Claude Code reads as a command, every runtime with skills can run. */
export const readCommands: Reader = {
  claims: ".claude/commands/**/*.md",
  read: async (found, context) => {
    const files: FileEntry[] = [];
    for (const { path, out } of found) {
      const name = skillNameOf(path.slice(".claude/commands/".length, -".md".length).replaceAll("/", "-"));
      context.changed(path, undefined, `the command is carried as the skill ${name}`);
      const document = await skillDocument(out, name, path, context);
      files.push({ ...document, path: `${name}/SKILL.md` });
    }
    return { layers: await skillsLayer(files, context) };
  },
};

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
const rule = /^[A-Za-z_][\w.*-]*(?:\(.*\))?$/u;

/** readPermissions takes the allow, deny and ask rules out of the settings; those that are no rules are reported. */
export const readPermissions: Read<JsonObject> = (found, context) => {
  const permissions: Record<string, Json> = {};
  const rest = found.flatMap(({ path, out }) => {
    if (!isObject(out.permissions)) return [{ path, out }];
    const { permissions: given, ...others } = out;
    const left: Record<string, Json> = {};
    for (const [key, value] of Object.entries(given)) {
      const list = stringsOf(value);
      const option = key === "allow" || key === "deny" || key === "ask" ? optionOf[key] : undefined;
      if (option === undefined || list === undefined) left[key] = value;
      else {
        for (const item of list.filter((text) => !rule.test(text)))
          context.left(path, `permissions.${key}`, `${JSON.stringify(item)} is no rule`);
        permissions[option] = list.filter((text) => rule.test(text));
      }
    }
    const kept = Object.keys(left).length > 0 ? { ...others, permissions: left } : others;
    return Object.keys(kept).length > 0 ? [{ path, out: kept }] : [];
  });
  return { rest, ...(Object.keys(permissions).length > 0 && { options: { permissions } }) };
};

/** readSettings takes what is left of the settings as they are; those that run a program are written only where the user allows it. */
export const readSettings: Read<JsonObject> = (found, context) => {
  const settings: Record<string, Json> = {};
  for (const { path, out } of found)
    for (const [key, value] of Object.entries(out)) {
      if (key === "env") context.left(path, key, "sets variables of every session, which may be secrets");
      else if (key !== "$schema") settings[key] = value;
    }
  return Object.keys(settings).length === 0 ? {} : { options: { settings } };
};
