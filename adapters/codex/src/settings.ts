import { type Context, isObject, type Json, type JsonObject, type Part } from "@stax/materialize";
import type { CodexOptions } from "./options.ts";
import { readModel, readPermissions, readRest, userOnly } from "./read-config.ts";

type ConfigPart<F extends "modelConfig" | "toolPermissions"> = Part<F, CodexOptions, JsonObject>;

/** Settings that run a program, reach out or lift a restriction: written only where the user allows it (decision O8). */
export const capabilities = {
  "danger-full-access": "runs commands without a sandbox",
  notify: "runs a program at the end of each turn",
  hooks: "runs programs at events of a session",
  model_providers: "sends prompts, and a key out of the environment, to other hosts",
  model_provider: "sends prompts to another provider",
  openai_base_url: "sends prompts to another host",
  chatgpt_base_url: "sends prompts to another host",
  otel: "sends telemetry to another host",
  shell_environment_policy: "decides which variables of yours commands see",
  sandbox_workspace_write: "lets commands reach the network or write outside the project",
  permissions: "replaces the sandbox by rules of its own",
  approvals_reviewer: "lets a model answer for you",
  features: "switches features of Codex on and off",
  agents: "names further files as agents",
  skills: "names further directories as skills",
  plugins: "enables plugins, which bring servers and hooks",
  marketplaces: "adds sources of plugins",
  config: "sets a key that the adapter does not know to be harmless",
} as const;

// What Codex 0.169 reads and what neither runs, reaches nor allows anything.
const harmless = new Set([
  ...[
    "model",
    "review_model",
    "model_reasoning_effort",
    "model_reasoning_summary",
    "model_verbosity",
    "model_context_window",
  ],
  ...[
    "model_auto_compact_token_limit",
    "model_auto_compact_token_limit_scope",
    "compact_prompt",
    "developer_instructions",
  ],
  ...[
    "personality",
    "service_tier",
    "tui",
    "history",
    "file_opener",
    "hide_agent_reasoning",
    "show_raw_agent_reasoning",
  ],
  ...["project_doc_max_bytes", "project_doc_fallback_filenames", "project_root_markers", "tool_output_token_limit"],
  ...["approval_policy", "allow_login_shell", "check_for_update_on_startup"],
]);

/** model writes the model and how hard it thinks; the other parameters have no place in Codex. */
export const model: ConfigPart<"modelConfig"> = {
  feature: "modelConfig",
  fidelity: "native",
  write: function* (_, { options }) {
    if (options.model !== undefined) yield { items: ["model"], out: { model: options.model } };
    const effort = options.modelParams?.reasoning_effort;
    if (typeof effort === "string")
      yield { items: ["modelParams.reasoning_effort"], out: { model_reasoning_effort: effort } };
  },
  read: readModel,
};

/** permissions writes when Codex asks and what commands reach; hints of the artifact only tighten that (decision O9). */
export const permissions: ConfigPart<"toolPermissions"> = {
  feature: "toolPermissions",
  fidelity: "native",
  write: (_, context) => {
    const { approval, sandbox, allowLoginShell } = context.options;
    const free = sandbox === "danger-full-access" && !context.allows("danger-full-access", "sandbox");
    const out: JsonObject = {
      ...(approval !== undefined && { approval_policy: approval }),
      ...(sandbox !== undefined && !free && { sandbox_mode: sandbox }),
      ...(allowLoginShell !== undefined && { allow_login_shell: allowLoginShell }),
      ...hinted(context),
    };
    return Object.keys(out).length === 0 ? [] : [{ items: [], out }];
  },
  read: readPermissions,
};

function hinted(context: Context<CodexOptions>): JsonObject {
  const { hints, options } = context;
  if (hints === undefined) return {};
  const { shell, network, filesystem, processes, docker } = hints.capabilities ?? {};
  const own = options.config ?? {};
  const tightened: Readonly<Record<string, JsonObject | false | undefined>> = {
    network: network !== undefined &&
      network.mode !== "full" && {
        ...(!("sandbox_workspace_write" in own) && { sandbox_workspace_write: { network_access: false } }),
        ...(network.mode === "none" && !("web_search" in own) && { web_search: "disabled" }),
      },
    writable: filesystem?.writable?.length === 0 &&
      options.sandbox === undefined &&
      !("sandbox_mode" in own) && { sandbox_mode: "read-only" },
    shell: shell === false && !("features" in own) && { features: { shell_tool: false } },
  };
  const out = Object.assign({}, ...Object.values(tightened));
  if (Object.keys(out).length > 0)
    context.note({
      code: "hint-applied",
      severity: "info",
      message: `the artifact's hints became ${Object.keys(out).join(", ")} in config.toml`,
    });
  const rest = {
    isolation: hints.isolation,
    processes,
    docker,
    "network.allowlist": network?.allowlist,
    workspace: filesystem?.workspace,
    writable: filesystem?.writable?.length === 0 ? undefined : filesystem?.writable,
    denyRead: filesystem?.denyRead,
  };
  const ignored = Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (ignored.length > 0)
    context.note({
      code: "hint-ignored",
      severity: "info",
      message: `Codex's files have no counterpart for the hints ${ignored.join(", ")}`,
    });
  return out;
}

/** passedThrough writes the other keys of the artifact's `config`. What the adapter generates wins over them. */
export const passedThrough: ConfigPart<"modelConfig"> = {
  feature: "modelConfig",
  fidelity: "native",
  write: (_, context) => {
    const kept = Object.entries(context.options.config ?? {}).filter(([key, value]) => isWritten(key, value, context));
    return kept.length === 0 ? [] : [{ items: [], out: Object.fromEntries(kept) }];
  },
  read: readRest,
};

function isWritten(key: string, value: Json, context: Context<CodexOptions>): boolean {
  const field = `config.${key}`;
  if (generated(context.options).has(key)) {
    context.note({
      code: "setting-overridden",
      severity: "warning",
      field,
      message: `${field} is replaced by the value that the adapter generates from its own options`,
    });
    return false;
  }
  if (context.scope === "project" && userOnly.has(key)) {
    context.item(field).lose(undefined, "is ignored by Codex in a project; it belongs to the user's own config.toml");
    return false;
  }
  if (harmless.has(key) || tightens(key, value)) return true;
  if (key === "sandbox_mode") return value !== "danger-full-access" || context.allows("danger-full-access", field);
  if (key === "web_search") return value === "disabled" || value === "cached" || context.allows("config", field);
  return context.allows(Object.hasOwn(capabilities, key) ? key : "config", field);
}

// What the hints of an artifact become: it takes something away, and needs nobody's leave.
function tightens(key: string, value: Json): boolean {
  const [entry, ...others] = isObject(value) ? Object.entries(value) : [];
  if (entry === undefined || others.length > 0 || entry[1] !== false) return false;
  const [name] = entry;
  return key === "sandbox_workspace_write" ? name === "network_access" : key === "features" && name === "shell_tool";
}

function generated({
  model: name,
  modelParams,
  approval,
  sandbox,
  allowLoginShell,
}: CodexOptions): ReadonlySet<string> {
  const own = {
    model: name,
    model_reasoning_effort: modelParams?.reasoning_effort,
    approval_policy: approval,
    sandbox_mode: sandbox,
    allow_login_shell: allowLoginShell,
  };
  return new Set(Object.entries(own).flatMap(([key, value]) => (value === undefined ? [] : [key])));
}
