import {
  type FoundServer,
  isObject,
  type Json,
  type JsonObject,
  type Read,
  type ReadContext,
  type ServerDialect,
  type ServerReader,
  stringOf,
  stringsOf,
} from "@stax/materialize";

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
