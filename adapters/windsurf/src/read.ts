import {
  allSurfaceSections,
  commandsAsSkills,
  type FoundRule,
  frontMatter,
  isObject,
  type Json,
  type JsonObject,
  lenientMarkdown,
  listField,
  matchesClaim,
  oneLine,
  type Read,
  type ReadContext,
  type Reader,
  readRootDocuments,
  readSkillTrees,
  rulesLayer,
  ruleWithin,
  type Section,
  type ServerDialect,
  type StandIn,
  slugOf,
  stringField,
  stringOf,
  stringsOf,
  textOf,
} from "@stax/materialize";
import { type FileEntry, skillNamePattern } from "@stax/schema";
import { permissionRule } from "./options.ts";

const scopes = {
  always_on: "always",
  always: "always",
  glob: "glob",
  model_decision: "auto",
  agent: "auto",
  manual: "manual",
} as const;
const known = ["trigger", "globs", "description"];

const place = /^(?:(.*)\/)?\.(?:devin|windsurf)\/rules\/(.*)$/s;

/** readRules reads the rules of `.devin/rules` and `.windsurf/rules`, of the project and of its directories. A rule that was copied from one to the other is one rule. */
export const readRules: Read<FileEntry> = async (found, context) => {
  const rules: FoundRule[] = [];
  const texts = new Map<string, { readonly path: string; readonly text: string }>();
  for (const { path, out } of found) {
    const [, within = "", name = ""] = place.exec(path) ?? [];
    if (!place.test(path)) continue;
    if (!path.endsWith(".md")) {
      context.left(path, undefined, "is no rule: only .md files are");
      continue;
    }
    const text = await textOf({ path, out }, context);
    const known = texts.get(`${within}/${name}`);
    if (known?.text === text) {
      context.changed(path, undefined, `is the same as ${known.path}, and one rule`);
      continue;
    }
    texts.set(`${within}/${name}`, { path, text });
    rules.push(ruleOf(path, text, context));
  }
  return { layers: await rulesLayer(rules, context), rest: found.filter(({ path }) => !place.test(path)) };
};

function ruleOf(path: string, text: string, context: ReadContext): FoundRule {
  const [, within = "", name = path] = place.exec(path) ?? [];
  const { fields, body, problem } = lenientMarkdown(text);
  if (problem !== undefined) context.changed(path, "front matter", `${problem}; it is read line by line`);
  for (const field of Object.keys(fields))
    if (!known.includes(field)) context.left(path, field, "a rule of stax has no field for it");
  const description = typeof fields.description === "string" ? fields.description : undefined;
  const globs = globsOf(fields, path, context);
  const scope = scopeOf(fields, globs, description, path, context);
  if (scope !== "glob" && globs.some((glob) => glob !== "**" && glob !== "**/*"))
    context.left(path, "globs", `say nothing for a rule of this trigger`);
  const rule = { from: path, path: `${within === "" ? "" : `${within}/`}${name}`, scope, description, body };
  return ruleWithin(scope === "glob" ? { ...rule, globs } : rule, within, context);
}

function globsOf(fields: Readonly<Record<string, unknown>>, path: string, context: ReadContext): readonly string[] {
  const globs = listField(fields, "globs") ?? [];
  if (typeof fields.globs === "string" && globs.length > 0)
    context.changed(path, "globs", "is one text: Devin Desktop takes it for a list, Devin CLI refuses it");
  return globs;
}

/** The trigger; without one, what globs and description say. */
function scopeOf(
  fields: Readonly<Record<string, unknown>>,
  globs: readonly string[],
  description: string | undefined,
  path: string,
  context: ReadContext,
): FoundRule["scope"] {
  const trigger = stringField(fields, "trigger")?.trim();
  if (trigger !== undefined && Object.hasOwn(scopes, trigger)) {
    const scope = scopes[trigger as keyof typeof scopes]; // just looked up
    if (scope !== "glob" || globs.length > 0) return scope;
    context.changed(
      path,
      "trigger",
      "is glob without globs: the rule applies to no file, and is carried as a manual one",
    );
    return "manual";
  }
  if (fields.trigger !== undefined) context.left(path, "trigger", "is none that Devin Desktop knows");
  return globs.length > 0 ? "glob" : (description ?? "").trim() !== "" ? "auto" : "always";
}

/** readSingleDocument reads the one document of the old Windsurf: beside an AGENTS.md that says something else it is a rule that always applies. */
export const readSingleDocument: Read<Section> = async (found, context) => {
  const [root] = context.find(context.scope === "user" ? ".config/devin/AGENTS.md" : "AGENTS.md");
  if (root === undefined) return readRootDocuments(found, context);
  const text = await textOf({ path: root.path, out: root }, context);
  const others = found.filter((document) => document.out.text !== text);
  for (const { path } of found)
    context.changed(
      path,
      undefined,
      others.some((other) => other.path === path)
        ? "is carried as a rule that always applies"
        : `says the same as ${root.path}, and is carried once`,
    );
  const rules = others.map(
    ({ path, out }): FoundRule => ({ from: path, path: `${nameOf(path)}.md`, scope: "always", body: out.text }),
  );
  return { layers: await rulesLayer(rules, context) };
};

const nameOf = (path: string): string =>
  path
    .replace(/^.*\//s, "")
    .replace(/^\.|\.md$/g, "")
    .toLowerCase();

/** singleSurfaces puts surfaces into the one document of the old Windsurf. */
export const singleSurfaces: typeof allSurfaceSections = { ...allSurfaceSections, read: readSingleDocument };

const skillDirectories = [
  ".agents/skills",
  ".devin/skills",
  ".windsurf/skills",
  ".config/devin/skills",
  ".codeium/windsurf/skills",
] as const;

/** readSkills reads skills wherever Devin Desktop looks for them. */
export const readSkills: Read<FileEntry> = async (found, context) => {
  const directory = skillDirectories.find((one) => found[0]?.path.startsWith(`${one}/`));
  return directory === undefined ? { rest: found } : readSkillTrees(directory)(found, context);
};

/** What workflowFiles writes: a title with the name, what it is for, the steps. */
function workflowIn(stem: string, text: string): { readonly name: string; readonly text: string } | undefined {
  const [, name = "", description = "", body = ""] = /^# (\S+)\n\n(.+)\n\n([\s\S]*)$/.exec(text) ?? [];
  if (!skillNamePattern.test(name) || slugOf(name) !== stem || oneLine(description) !== description) return undefined;
  return { name, text: frontMatter({ name, description }) + body };
}

const workflows = (below: string) => commandsAsSkills({ below, called: "workflow", understood: workflowIn });

const stdioServer: ServerDialect = ({ command, args, env, cwd }, reader) =>
  typeof command !== "string"
    ? undefined
    : {
        command: reader.value(command),
        args: reader.list(args),
        env: reader.values(env),
        cwd: typeof cwd === "string" ? reader.value(cwd) : undefined,
      };

/** devinDialect reads an entry of `.devin/config.json`. */
export const devinDialect: ServerDialect = (entry, reader) => {
  const { type, transport = type, url, headers } = entry;
  if (typeof entry.command === "string") return stdioServer(entry, reader);
  if (typeof url !== "string") return undefined;
  return { url: reader.value(url), transport: transport === "sse" ? "sse" : "http", headers: reader.values(headers) };
};

/** windsurfDialect reads an entry of the old Windsurf's `mcp_config.json`: `serverUrl` is reached by http, `url` by sse unless its type says otherwise. */
export const windsurfDialect: ServerDialect = (entry, reader) => {
  const { type, serverUrl, url, headers, disabled, disabledTools } = entry;
  const more = { disabledTools: stringsOf(disabledTools), enabled: disabled === true ? false : undefined };
  if (typeof entry.command === "string") {
    const server = stdioServer(entry, reader);
    return server && { ...server, ...more };
  }
  const address = stringOf(serverUrl) ?? stringOf(url);
  if (address === undefined) return undefined;
  const transport = stringOf(serverUrl) === undefined && type !== "http" && type !== "streamable-http" ? "sse" : "http";
  return { url: reader.value(address), transport, headers: reader.values(headers), ...more };
};

/** readPermissions takes allow and deny rules out of the configuration; what is no rule is reported. */
export const readPermissions: Read<JsonObject> = (found, context) => {
  const permissions: Record<string, Json> = {};
  const rest = found.flatMap(({ path, out }) => {
    const { permissions: given, ...others } = out;
    if (!isObject(given)) return [{ path, out }];
    for (const [key, value] of Object.entries(given)) {
      const list = key === "allow" || key === "deny" ? stringsOf(value) : undefined;
      const valid = list?.filter((text) => permissionRule.test(text)) ?? [];
      if (list === undefined) context.left(path, `permissions.${key}`, "stax has no place for it");
      else if (valid.length < (value as readonly Json[]).length)
        // a list, which has been read
        context.left(path, `permissions.${key}`, "holds what is no rule");
      if (valid.length > 0) permissions[key] = valid;
    }
    return Object.keys(others).length > 0 ? [{ path, out: others }] : [];
  });
  return { rest, ...(Object.keys(permissions).length > 0 && { options: { permissions } }) };
};

/** readers reads what Devin Desktop reads beside its own files, and what Windsurf read. */
export const readers: readonly Reader[] = [
  // One reader for both directories, so that rules of one name are told apart; rules of other runtimes are left to them.
  { claims: { project: "**/rules/**" }, read: readRules },
  ...skillDirectories.map((directory) => ({ claims: `${directory}/**`, read: readSkillTrees(directory) })),
  workflows(".windsurf/workflows"),
  workflows(".devin/workflows"),
  workflows(".codeium/windsurf/global_workflows"),
];

/** standIns are the documents of another name that Devin Desktop reads as its own. */
export const standIns = (): readonly StandIn[] => [{ file: { project: "AGENT.md" }, where: "directory" }];

const layouts = {
  devin: [".devin/**", ".config/devin/**"],
  windsurf: [".windsurf/**", ".codeium/windsurf/**"],
} as const;

/** optionsFor keeps to the generation of files that is there; where both are, to the newer one. */
export function optionsFor(paths: ReadonlySet<string>): JsonObject {
  const has = (...claims: readonly string[]) =>
    [...paths].some((path) => claims.some((claim) => matchesClaim(claim, path)));
  const own = has(".devin/skills/**", ".config/devin/skills/**") && !has(".agents/skills/**");
  if (has(...layouts.devin)) return own ? { skillsDirectory: ".devin/skills" } : {};
  if (paths.has(".windsurfrules") && !has("AGENTS.md", ".windsurf/rules/**")) return { legacyWindsurfrules: true };
  if (!has(...layouts.windsurf)) return {};
  const workflow = has(".windsurf/workflows/**", ".codeium/windsurf/global_workflows/**");
  return { layout: "windsurf", ...(workflow && { writeWorkflows: true }) };
}
