import {
  commandsAsSkills,
  type FoundServer,
  type FoundSubagent,
  isObject,
  type Json,
  type JsonObject,
  parseConfig,
  type Read,
  type ReadContext,
  type Reader,
  readSkillTrees,
  type ServerDialect,
  type ServerReader,
  stringOf,
  stringsOf,
  subagentsLayer,
  textOf,
} from "@stax/materialize";
import { fileEntry } from "@stax/schema";

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** noReferences: Codex expands nothing in its configuration, it only names variables. */
export const noReferences = /(?!)/g;

/** serverDialect reads `[mcp_servers.<name>]`: the variables that Codex forwards or puts into headers become declared secrets. */
export const serverDialect: ServerDialect = (entry, reader) => {
  const { command, url } = entry;
  const common = {
    enabled: entry.enabled === false ? false : undefined,
    enabledTools: nonEmpty(stringsOf(entry.enabled_tools)),
    disabledTools: nonEmpty(stringsOf(entry.disabled_tools)),
    connectTimeoutMs: timeoutOf(entry, reader),
  };
  if (typeof command === "string" && command !== "" && url === undefined)
    return { ...common, ...stdio(entry, command, reader) };
  if (typeof url === "string" && url !== "" && command === undefined)
    return { ...common, ...remote(entry, url, reader) };
  return undefined;
};

function stdio(entry: JsonObject, command: string, reader: ServerReader): FoundServer {
  for (const name of stringsOf(entry.env_vars) ?? [])
    if (variableName.test(name)) reader.secret(name);
    else reader.left("env_vars", `${JSON.stringify(name)} is no name of a variable`);
  if (Array.isArray(entry.env_vars) && entry.env_vars.some((item: Json) => typeof item !== "string"))
    reader.left("env_vars", "holds more than names of variables, of which only the names are carried");
  return {
    command: reader.value(command),
    args: reader.list(entry.args),
    env: reader.values(entry.env),
    cwd: stringOf(entry.cwd),
  };
}

function remote(entry: JsonObject, url: string, reader: ServerReader): FoundServer {
  const plain = reader.values(entry.http_headers) ?? {};
  const headers = new Map(Object.entries(plain));
  const fromEnvironment = isObject(entry.env_http_headers) ? Object.entries(entry.env_http_headers) : [];
  for (const [name, variable] of fromEnvironment)
    if (typeof variable === "string" && variableName.test(variable)) headers.set(name, reader.secret(variable));
    else reader.left(`env_http_headers.${name}`, "names no variable");
  const bearer = entry.bearer_token_env_var;
  if (typeof bearer === "string" && variableName.test(bearer)) {
    for (const name of headers.keys()) if (name.toLowerCase() === "authorization") headers.delete(name);
    headers.set("Authorization", `Bearer ${reader.secret(bearer)}`);
  } else if (bearer !== undefined) reader.left("bearer_token_env_var", "names no variable");
  if (entry.http_headers_helper !== undefined)
    reader.left("http_headers_helper", "runs a program to make headers, for which stax has no counterpart");
  return {
    url: reader.value(url),
    transport: "http",
    headers: headers.size === 0 ? undefined : Object.fromEntries(headers),
  };
}

function timeoutOf(entry: JsonObject, reader: ServerReader): number | undefined {
  const { startup_timeout_sec: seconds, startup_timeout_ms: milliseconds } = entry;
  const timeout =
    typeof seconds === "number" ? seconds * 1000 : typeof milliseconds === "number" ? milliseconds : undefined;
  if (timeout === undefined) return undefined;
  if (Number.isFinite(timeout) && timeout >= 1) return Math.round(timeout);
  reader.left("startup_timeout_sec", "is no time that can be waited");
  return undefined;
}

const nonEmpty = <T>(list: readonly T[] | undefined): readonly T[] | undefined =>
  list === undefined || list.length === 0 ? undefined : list;

/** Taken is a key of config.toml and how an option holds it; `undefined` for a value that the option has no room for. */
type Taken = Readonly<Record<string, (value: Json) => JsonObject | undefined>>;

const efforts = new Set<Json>(["none", "minimal", "low", "medium", "high", "xhigh"]);

const modelKeys: Taken = {
  model: (value) => (typeof value === "string" && value !== "" ? { model: value } : undefined),
  model_reasoning_effort: (value) => (efforts.has(value) ? { modelParams: { reasoning_effort: value } } : undefined),
};

const permissionKeys: Taken = {
  approval_policy: (value) =>
    value === "on-request" || value === "on-failure" || value === "never" ? { approval: value } : undefined,
  sandbox_mode: (value) =>
    value === "read-only" || value === "workspace-write" || value === "danger-full-access"
      ? { sandbox: value }
      : undefined,
  allow_login_shell: (value) => (typeof value === "boolean" ? { allowLoginShell: value } : undefined),
};

const readKeys =
  (keys: Taken): Read<JsonObject> =>
  (found) => {
    let options: JsonObject = {};
    const rest = found.map(({ path, out }) => {
      const others = Object.entries(out).filter(([key, value]) => {
        const option = Object.hasOwn(keys, key) ? keys[key]?.(value) : undefined;
        options = { ...options, ...option };
        return option === undefined;
      });
      return { path, out: Object.fromEntries(others) };
    });
    return { options, rest: rest.filter(({ out }) => Object.keys(out).length > 0) };
  };

/** readModel takes the model and how hard it thinks. */
export const readModel = readKeys(modelKeys);

/** readPermissions takes when Codex asks and what commands reach. */
export const readPermissions = readKeys(permissionKeys);

// What is a person's, a machine's or a secret, or speaks of files that stay behind.
const notCarried: Readonly<Record<string, string>> = {
  projects: "says which folders a person trusts, which is not for an artifact to say",
  notice: "is what Codex remembers about a person",
  profile: "names a profile, which Codex no longer reads here",
  profiles: "holds profiles, which Codex no longer reads here",
  model_instructions_file: "names a file that takes the place of Codex's own instructions; the file is not carried",
  experimental_instructions_file:
    "names a file that takes the place of Codex's own instructions; the file is not carried",
};

/** Keys that Codex drops from a project's file, with a warning. */
export const userOnly: ReadonlySet<string> = new Set(
  "openai_base_url chatgpt_base_url model_provider model_providers notify profile otel".split(" "),
);

/** readRest takes the other keys as they are; those that run a program or reach out are written only where the user allows it. */
export const readRest: Read<JsonObject> = (found, context) => {
  const config: Record<string, Json> = {};
  for (const { path, out } of found)
    for (const [key, value] of Object.entries(out)) {
      const reason = reasonAgainst(key, value, context);
      if (reason === undefined) config[key] = value;
      else context.left(path, key, reason);
    }
  return Object.keys(config).length === 0 ? {} : { options: { config } };
};

function reasonAgainst(key: string, value: Json, { scope }: ReadContext): string | undefined {
  if (key === "approval_policy" && value === "untrusted") return `is "untrusted", with which Codex no longer starts`;
  if (scope === "project" && userOnly.has(key)) return "is ignored by Codex in a project";
  return Object.hasOwn(notCarried, key) ? notCarried[key] : undefined;
}

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
