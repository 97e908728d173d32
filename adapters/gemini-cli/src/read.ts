import {
  frontMatter,
  isObject,
  type Json,
  type JsonObject,
  lenientMarkdown,
  notations,
  parseConfig,
  type Read,
  type ReadContext,
  type Reader,
  readLimit,
  readMarkdownSubagents,
  readServers,
  readSkillTrees,
  type ServerDialect,
  type ServerReader,
  skillNameOf,
  skillsLayer,
  stringOf,
  stringsOf,
  textOf,
} from "@stax/materialize";
import { type FileEntry, fileEntry, readEntry } from "@stax/schema";

// `$NAME`, `${NAME}` and `${NAME:-default}`: everything in the settings is expanded.
const references = new RegExp(`${notations.braces.source}|\\$([A-Za-z_][A-Za-z0-9_]*)`, "g");

const serverDialect: ServerDialect = (entry, reader) => {
  const tools = {
    enabledTools: nonEmpty(stringsOf(entry.includeTools)),
    disabledTools: nonEmpty(stringsOf(entry.excludeTools)),
    description: stringOf(entry.description),
  };
  if (entry.trust === false) reader.ignore("trust");
  const command = stringOf(entry.command);
  if (command !== undefined)
    return {
      ...tools,
      command: reader.value(command),
      args: reader.list(entry.args),
      env: reader.values(entry.env),
      cwd: stringOf(entry.cwd),
    };
  const url = stringOf(entry.httpUrl) ?? stringOf(entry.url);
  if (url === undefined) return undefined;
  return {
    ...tools,
    url: reader.value(url),
    transport: transportOf(entry, url, reader),
    headers: reader.values(entry.headers),
  };
};

function transportOf(entry: JsonObject, url: string, reader: ServerReader): "http" | "sse" {
  if (stringOf(entry.httpUrl) !== undefined) {
    if (entry.url !== undefined) reader.left("url", "says nothing beside httpUrl");
    return "http";
  }
  if (entry.type === "http" || entry.type === "sse") return entry.type;
  const guessed = /\/sse\/?(?:$|[?#])/.test(url) ? "sse" : "http";
  reader.changed("type", `is not said, and is ${guessed} now`);
  return guessed;
}

const nonEmpty = (list: readonly string[] | undefined) => (list?.length ? list : undefined);

/** readMcpServers reads `mcpServers`; that a server is trusted is an option, which the user of an artifact allows or not. */
export const readMcpServers: Read<JsonObject> = async (found, context) => {
  const recovered = await readServers("mcpServers", serverDialect, references)(found.map(withoutTrust), context);
  const names = Object.keys(recovered.layers?.mcp?.servers ?? {});
  const trusted = names.filter((name) => found.some(({ out }) => entryOf(out, name)?.trust === true));
  if (trusted.length === 0) return recovered;
  const mcpServers = Object.fromEntries(trusted.map((name) => [name, { trust: true }]));
  return { ...recovered, options: { config: { mcpServers } } };
};

const entryOf = ({ mcpServers }: JsonObject, name: string): JsonObject | undefined => {
  const entry = isObject(mcpServers) && Object.hasOwn(mcpServers, name) ? mcpServers[name] : undefined;
  return isObject(entry) ? entry : undefined;
};

function withoutTrust({ path, out }: { readonly path: string; readonly out: JsonObject }) {
  const { mcpServers } = out;
  if (!isObject(mcpServers)) return { path, out };
  const entries = Object.entries(mcpServers).map(([name, entry]) => {
    if (!isObject(entry) || entry.trust !== true) return [name, entry];
    const { trust: _, ...others } = entry;
    return [name, others];
  });
  return { path, out: { ...out, mcpServers: Object.fromEntries(entries) } };
}

/** readAgents reads `.gemini/agents/*.md`; an agent that runs elsewhere has no instructions to carry. */
export const readAgents: Read<FileEntry> = async (found, context) => {
  const local: (typeof found)[number][] = [];
  for (const file of found) {
    const { fields } = lenientMarkdown(await textOf(file, context));
    if (fields.kind === "remote" || fields.agent_card_url !== undefined)
      context.left(file.path, undefined, "is an agent that runs elsewhere, for which stax has no place");
    else local.push(file);
  }
  return readMarkdownSubagents({ named: true, ignored: ["kind"] })(local, context);
};

/** readers read what Gemini CLI has beside the files that are written. */
export const readers: readonly Reader[] = [
  { claims: ".gemini/skills/**", read: readSkillTrees(".gemini/skills") },
  { claims: ".gemini/commands/**/*.toml", read: readCommands },
  { claims: ".gemini/extensions/**", read: leaveAll("belongs to an extension, which people install themselves") },
  { claims: ".gemini/policies/**", read: leaveAll("is a policy of Gemini CLI, for which stax has no place") },
];

function leaveAll(reason: string): Reader["read"] {
  return (found, context) => {
    for (const { path } of found) context.left(path, undefined, reason);
    return { rest: found };
  };
}

async function readCommands(found: Parameters<Reader["read"]>[0], context: ReadContext) {
  const skills = new Map<string, FileEntry>();
  for (const { path, out } of found) {
    const command = parseConfig(await readEntry(out, readLimit), "toml");
    const prompt = typeof command === "string" ? undefined : stringOf(command.prompt);
    if (typeof command === "string" || prompt === undefined) {
      context.left(path, undefined, typeof command === "string" ? command : "has no prompt, and is no command");
      continue;
    }
    const plain = skillNameOf(path.slice(".gemini/commands/".length, -".toml".length).replaceAll("/", "-"));
    let name = plain;
    for (let number = 2; skills.has(name); number++) name = `${plain}-${number}`;
    reportCommand(path, name, command, prompt, context);
    const description = stringOf(command.description) ?? `The command ${name}`;
    const text = `${frontMatter({ name, description })}${prompt.replaceAll("{{args}}", "$ARGUMENTS").trimEnd()}\n`;
    skills.set(name, fileEntry(`${name}/SKILL.md`, text));
  }
  return { layers: await skillsLayer([...skills.values()], context) };
}

function reportCommand(path: string, name: string, command: JsonObject, prompt: string, context: ReadContext): void {
  context.changed(path, undefined, `the command is carried as the skill ${name}`);
  if (/[!@]\{/.test(prompt))
    context.changed(
      path,
      "prompt",
      "what !{…} runs and @{…} reads is put in by Gemini CLI only; the words are carried",
    );
  for (const field of Object.keys(command))
    if (field !== "prompt" && field !== "description") context.left(path, field, "a skill has no field for it");
}

/** readModel takes the model's name out of the settings, in its present form or as one text. */
export const readModel: Read<JsonObject> = (found, context) => {
  let name: string | undefined;
  const rest = found.map(({ path, out }) => {
    const { model, ...others } = out;
    if (typeof model === "string" && model !== "") {
      context.changed(path, "model", "is a text; Gemini CLI reads model.name now");
      name = model;
      return { path, out: others };
    }
    const given = isObject(model) ? stringOf(model.name) : undefined;
    if (!isObject(model) || given === undefined) return { path, out };
    name = given;
    const { name: _, ...more } = model;
    return { path, out: Object.keys(more).length > 0 ? { ...others, model: more } : others };
  });
  const kept = rest.filter(({ out }) => Object.keys(out).length > 0);
  return name === undefined ? { rest: found } : withParams(kept, name);
};

const paramOf: Readonly<Record<string, string>> = {
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  maxOutputTokens: "max_tokens",
  frequencyPenalty: "frequency_penalty",
  presencePenalty: "presence_penalty",
  seed: "seed",
  stopSequences: "stop",
};

/** The parameters of that model, where nothing else is said by them. */
function withParams(found: Parameters<Read<JsonObject>>[0], model: string): ReturnType<Read<JsonObject>> {
  let modelParams: Record<string, Json> | undefined;
  const rest = found.flatMap(({ path, out }) => {
    const params = paramsIn(out.modelConfigs, model);
    if (params === undefined) return [{ path, out }];
    modelParams = params;
    const { modelConfigs: _, ...others } = out;
    return Object.keys(others).length > 0 ? [{ path, out: others }] : [];
  });
  return { rest, options: { model, ...(modelParams !== undefined && { modelParams }) } };
}

function paramsIn(modelConfigs: Json | undefined, model: string): Record<string, Json> | undefined {
  const overrides = isObject(modelConfigs) ? modelConfigs.customOverrides : undefined;
  const [override, ...more]: readonly (Json | undefined)[] = Array.isArray(overrides) ? overrides : [];
  const config =
    isObject(override) && isObject(override.modelConfig) ? override.modelConfig.generateContentConfig : undefined;
  if (!isObject(config) || more.length > 0) return undefined;
  const keys = Object.keys(config);
  const written = { customOverrides: [{ match: { model }, modelConfig: { generateContentConfig: config } }] };
  if (keys.length === 0 || !keys.every((key) => Object.hasOwn(paramOf, key))) return undefined;
  if (JSON.stringify(modelConfigs) !== JSON.stringify(written)) return undefined;
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [paramOf[key] ?? key, value]));
}

const sandboxes: readonly Json[] = [true, "docker", "podman", "lxc", "sandbox-exec", "windows-native"];

/** readSandbox takes the sandbox out of the settings where it is switched on. */
export const readSandbox: Read<JsonObject> = (found) => {
  const options: Record<string, Json> = {};
  const rest = found.flatMap(({ path, out }) => {
    const { tools, ...others } = out;
    if (!isObject(tools) || tools.sandbox === undefined || !sandboxes.includes(tools.sandbox)) return [{ path, out }];
    const { sandbox, ...more } = tools;
    options.sandbox = sandbox;
    const kept = Object.keys(more).length > 0 ? { ...others, tools: more } : others;
    return Object.keys(kept).length > 0 ? [{ path, out: kept }] : [];
  });
  return { rest, options };
};

/** readSettings takes the other settings as they are, but for servers, which are no settings, and those that are switched off. */
export const readSettings: Read<JsonObject> = (found, context) => {
  const config: Record<string, Json> = {};
  const switchedOff: string[] = [];
  const rest = found.flatMap(({ path, out }) => {
    const { mcpServers, $schema: _, ...others } = out;
    for (const [key, value] of Object.entries(others)) {
      const kept = key === "mcp" ? withoutExcluded(value, path, switchedOff, context) : value;
      if (kept !== undefined) config[key] = kept;
    }
    return mcpServers === undefined ? [] : [{ path, out: { mcpServers } }];
  });
  return { rest, switchedOff, ...(Object.keys(config).length > 0 && { options: { config } }) };
};

function withoutExcluded(mcp: Json, path: string, switchedOff: string[], context: ReadContext): Json | undefined {
  if (!isObject(mcp) || mcp.excluded === undefined) return mcp;
  const { excluded, ...others } = mcp;
  if (Array.isArray(excluded)) switchedOff.push(...(stringsOf(excluded) ?? []));
  else context.left(path, "mcp.excluded", "is no list");
  return Object.keys(others).length > 0 ? others : undefined;
}

const ownName = "GEMINI.md";

/** documentNames gives the other documents that Gemini CLI is told to read, under the options that were read. */
export function documentNames({ config }: JsonObject): readonly string[] {
  const context = isObject(config) && isObject(config.context) ? config.context : {};
  const names = stringsOf(context.fileName) ?? [stringOf(context.fileName) ?? ownName];
  return names.filter((name) => name !== ownName && /^[\w.-]+\.\w+$/.test(name));
}

/** withoutNames leaves the names of documents out of options: what those say is in GEMINI.md then, which nothing else may be read for. */
export function withoutNames(options: JsonObject): JsonObject {
  const { config } = options;
  if (!isObject(config) || !isObject(config.context) || documentNames(options).length === 0) return options;
  const { fileName: _, ...context } = config.context;
  const { context: __, ...others } = config;
  const kept = Object.keys(context).length > 0 ? { ...others, context } : others;
  const { config: ___, ...rest } = options;
  return Object.keys(kept).length > 0 ? { ...rest, config: kept } : rest;
}
