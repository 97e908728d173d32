import { type Context, commonModelParams, type Json, type JsonObject, type Part } from "@stax/materialize";
import type { GeminiCliOptions } from "./options.ts";
import { readModel, readSandbox, readSettings } from "./read.ts";

type SettingsPart<F extends "modelConfig" | "toolPermissions"> = Part<F, GeminiCliOptions, JsonObject>;

// Names of the parameters in Gemini's generateContentConfig.
const parameters = {
  temperature: "temperature",
  top_p: "topP",
  top_k: "topK",
  max_tokens: "maxOutputTokens",
  frequency_penalty: "frequencyPenalty",
  presence_penalty: "presencePenalty",
  seed: "seed",
  stop: "stopSequences",
} as const;
const isParameter = (key: string): key is keyof typeof parameters => Object.hasOwn(parameters, key);

/** modelParams are the parameters that Gemini CLI hands to the model. */
export const modelParams = {
  ...commonModelParams,
  ...Object.fromEntries(
    Object.entries(commonModelParams).map(([key, param]) => [key, { ...param, supported: isParameter(key) }]),
  ),
};

/** model writes the model and, for that model, its parameters. */
export const model: SettingsPart<"modelConfig"> = {
  feature: "modelConfig",
  fidelity: "native",
  write: function* (_, context) {
    const { model: name, modelParams: wanted = {} } = context.options;
    const known = Object.entries(wanted).filter(([key]) => isParameter(key));
    if (name !== undefined) yield { items: ["model"], out: { model: { name } } };
    if (known.length === 0) return;
    if (name === undefined) {
      for (const [key] of known)
        context
          .item(`modelParams.${key}`)
          .lose(undefined, "is written for a named model only: Gemini CLI sets parameters by model", {
            code: "model-param-unsupported",
            hint: "set model as well",
          });
      return;
    }
    const generateContentConfig = Object.fromEntries(
      known.map(([key, value]) => [geminiName(key), settingOf(key, value)]),
    );
    yield {
      items: known.map(([key]) => `modelParams.${key}`),
      out: { modelConfigs: { customOverrides: [{ match: { model: name }, modelConfig: { generateContentConfig } }] } },
    };
  },
  read: readModel,
};

const geminiName = (key: string): string => (isParameter(key) ? parameters[key] : key);

// The table of parameters has checked the values: numbers, strings and lists of strings.
const settingOf = (key: string, value: unknown): Json =>
  key === "stop" && typeof value === "string" ? [value] : (value as Json);

/** sandbox switches the sandbox for tools on. */
export const sandbox: SettingsPart<"toolPermissions"> = {
  feature: "toolPermissions",
  fidelity: "native",
  write: (_, { options }) =>
    options.sandbox === undefined ? [] : [{ items: [], out: { tools: { sandbox: options.sandbox } } }],
  read: readSandbox,
};

/** Settings that run a program or lift a restriction, by key: written only where the user allows it (decision O8). */
export const capabilities = {
  trust: "lets a server's tools run without asking",
  hooks: "runs programs at events of a session; also in the front matter of skills",
  defaultApprovalMode: "approves edits without asking",
  includeDirectories: "lets the agent reach directories outside the project",
  tools: "changes what tools may do without asking, or runs programs to find and call them",
  mcp: "runs a program to start servers, or chooses among a person's servers",
  security: "changes trust, sign-in and what of the environment is hidden",
  telemetry: "sends what is done to an address of its choice",
  advanced: "changes what of the environment reaches the runtime",
  agents: "lets agents use a browser with a person's profile",
  experimental: "switches on what is not finished",
  extensions: "brings hooks and servers",
  policyPaths: "replaces the rules by which tools are approved",
  other: "a setting that this adapter does not know",
} as const;

const harmless = new Set([
  "general",
  "ui",
  "output",
  "model",
  "modelConfigs",
  "context",
  "contextManagement",
  "privacy",
  "useWriteTodos",
  "skills",
]);

/** passedThrough writes the other settings of the artifact. What the adapter generates wins over them. */
export const passedThrough: SettingsPart<"modelConfig"> = {
  feature: "modelConfig",
  fidelity: "native",
  write: (_, context) => {
    const { config = {} } = context.options;
    const kept = Object.entries(config).flatMap(([key, value]): readonly [string, Json][] => {
      if (key === "mcpServers") return serversIn(value, context);
      if (key === "general") return inner(key, value, "defaultApprovalMode", context);
      if (key === "context") return inner(key, value, "includeDirectories", context);
      if (key === "model" && context.options.model !== undefined) return beside("model", value, "name", context);
      if (key === "tools" && context.options.sandbox !== undefined)
        return context.allows("tools", "config.tools") ? beside("tools", value, "sandbox", context) : [];
      return harmless.has(key) || context.allows(capabilityOf(key), `config.${key}`) ? [[key, value]] : [];
    });
    return kept.length === 0 ? [] : [{ items: [], out: Object.fromEntries(kept) }];
  },
  read: readSettings,
};

// Of a group one key is generated: it wins, and the others stay.
function beside(group: string, value: Json, generated: string, context: Context): readonly [string, Json][] {
  if (!isObject(value) || Object.hasOwn(value, generated)) overridden(context, `config.${group}`);
  const { [generated]: _, ...others } = isObject(value) ? value : {};
  return Object.keys(others).length > 0 ? [[group, others]] : [];
}

const capabilityOf = (key: string): string =>
  key === "hooksConfig"
    ? "hooks"
    : key === "adminPolicyPaths"
      ? "policyPaths"
      : Object.hasOwn(capabilities, key)
        ? key
        : "other";

const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

// Of a harmless group one key is not: it is kept apart.
function inner(group: string, value: Json, gated: string, context: Context): readonly [string, Json][] {
  if (!isObject(value)) return [[group, value]];
  const kept = Object.entries(value).filter(
    ([key, one]) =>
      key !== gated || one === "default" || one === "plan" || context.allows(gated, `config.${group}.${key}`),
  );
  return kept.length === 0 ? [] : [[group, Object.fromEntries(kept)]];
}

// Whether a server is trusted is read where servers are written; anything else about servers belongs into the mcp layer.
function serversIn(value: Json, context: Context): readonly never[] {
  const foreign = isObject(value)
    ? Object.entries(value).filter(([, entry]) => !isObject(entry) || Object.keys(entry).some((key) => key !== "trust"))
    : [["", value]];
  return foreign.length === 0 ? [] : overridden(context, "config.mcpServers");
}

function overridden(context: Context, field: string): readonly never[] {
  context.note({
    code: "setting-overridden",
    severity: "warning",
    field,
    message: `${field} is replaced by what the adapter writes of the artifact's own model, sandbox and servers`,
  });
  return [];
}
