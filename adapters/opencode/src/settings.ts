import type { Context, Json, JsonObject, Part } from "@stax/materialize";
import { isModel } from "./model-name.ts";
import type { OpencodeOptions } from "./options.ts";
import { permissionObject } from "./permission.ts";
import { readAgents } from "./read-agents.ts";
import { readModel, readPermissions, readRest } from "./read-settings.ts";
import { toolNames } from "./tool-names.ts";

type ConfigPart<F extends "modelConfig" | "toolPermissions" | "mcp"> = Part<F, OpencodeOptions, JsonObject>;

/** Settings that run a program or reach out: written only where the user allows it (decision O8). */
export const capabilities = {
  plugin: "loads code into opencode",
  formatter: "runs programs on files that were edited",
  lsp: "starts language servers",
  shell: "names the program that runs commands",
  command: "defines commands, which may run programs when they are used",
  provider: "sends prompts, and keys, to other hosts",
  instructions: "reads further files, or fetches them",
  skills: "reads skills of other directories, or fetches them",
  references: "reads other directories or repositories",
  share: "publishes sessions",
  server: "changes how opencode listens",
  enterprise: "names another host",
  experimental: "switches on what is not finished",
  "skill-commands": "runs a program, or includes a file from elsewhere, when a command made of a skill is used",
  config: "sets a key that the adapter does not know to be harmless",
} as const;

// What opencode 1.18 reads and what neither runs nor reaches anything.
const harmless = new Set(
  "small_model username logLevel autoupdate snapshot compaction watcher disabled_providers enabled_providers default_agent subagent_depth attachment layout tool_output".split(
    " ",
  ),
);
const sameAs: Readonly<Record<string, string>> = { autoshare: "share", reference: "references" };

/** model writes the model. A name without its provider would be taken for a provider. */
export const model: ConfigPart<"modelConfig"> = {
  feature: "modelConfig",
  fidelity: "native",
  write: (_, context) => {
    const { model: name } = context.options;
    if (name === undefined) return [];
    if (isModel(name)) return [{ items: ["model"], out: { model: name } }];
    context.item("model").lose(undefined, `"${name}" is not of the form provider/model and is left out`, {
      hint: "write e.g. anthropic/claude-sonnet-4-5",
    });
    return [];
  },
  read: readModel,
};

/** agents writes settings of agents, or which one to start with. */
export const agents: ConfigPart<"modelConfig"> = {
  feature: "modelConfig",
  fidelity: "native",
  write: (_, { options: { agent } }) => {
    if (agent === undefined) return [];
    if (typeof agent === "string") return [{ items: [], out: { default_agent: agent } }];
    const entries = Object.entries(agent).map(([name, { permission, ...rest }]) => [
      name,
      permission === undefined
        ? rest
        : { ...rest, permission: typeof permission === "string" ? permission : permissionObject(permission) },
    ]);
    return entries.length === 0 ? [] : [{ items: [], out: { agent: Object.fromEntries(entries) } }];
  },
  read: readAgents,
};

/** permissions writes what tools may do, in the order of the option, and denies the disabled tools of servers last. */
export const permissions: ConfigPart<"toolPermissions"> = {
  feature: "toolPermissions",
  fidelity: "native",
  write: (layers, context) => {
    reportHints(context);
    const { permission } = context.options;
    const denied = deniedTools(layers, context.includeDisabled);
    if (denied.length === 0 && permission === undefined) return [];
    const whole = typeof permission === "string" && denied.length === 0;
    return [{ items: [], out: { permission: whole ? permission : permissionObject(permission, denied) } }];
  },
  read: readPermissions,
};

function deniedTools({ mcp }: Parameters<typeof permissions.write>[0], includeDisabled: boolean): readonly string[] {
  const written = Object.entries(mcp?.servers ?? {}).filter(([, { enabled }]) => enabled || includeDisabled);
  return [...new Set(written.flatMap(([name, { disabledTools = [] }]) => toolNames(name, disabledTools)))];
}

function reportHints(context: Context<OpencodeOptions>): void {
  const { isolation, capabilities: wished = {} } = context.hints ?? {};
  const names = [...(isolation === undefined ? [] : ["isolation"]), ...Object.keys(wished)];
  if (names.length > 0)
    context.note({
      code: "hint-ignored",
      severity: "info",
      message: `opencode has no sandbox; the hints ${names.join(", ")} have no counterpart in its files`,
    });
}

/** passedThrough writes the other keys of the artifact's `config`. */
export const passedThrough: ConfigPart<"modelConfig"> = {
  feature: "modelConfig",
  fidelity: "native",
  write: (_, context) => {
    const kept = Object.entries(context.options.config ?? {}).filter(([key, value]) => isWritten(key, value, context));
    return kept.length === 0 ? [] : [{ items: [], out: Object.fromEntries(kept) }];
  },
  read: readRest,
};

// What runs or reaches something, switched off, needs nobody's leave.
const offValues: Readonly<Record<string, Json>> = { share: "disabled", autoshare: false, formatter: false, lsp: false };

function isWritten(key: string, value: Json, context: Context<OpencodeOptions>): boolean {
  const field = `config.${key}`;
  if (key === "$schema") return false;
  if (key === "default_agent" && typeof context.options.agent === "string") {
    context.note({
      code: "setting-overridden",
      severity: "warning",
      field,
      message: `${field} is replaced by the value that the adapter generates from its own options`,
    });
    return false;
  }
  const known = sameAs[key] ?? key;
  const off = Object.hasOwn(offValues, key) && offValues[key] === value;
  return off || harmless.has(key) || context.allows(Object.hasOwn(capabilities, known) ? known : "config", field);
}

/** withSchema names the schema in a file that holds anything at all. */
export const withSchema = <F extends "modelConfig" | "toolPermissions" | "mcp">(
  part: ConfigPart<F>,
): ConfigPart<F> => ({
  ...part,
  write: function* (layers, context) {
    for (const piece of part.write(layers, context))
      yield piece.out === undefined
        ? piece
        : { ...piece, out: { $schema: "https://opencode.ai/config.json", ...piece.out } };
  },
});
