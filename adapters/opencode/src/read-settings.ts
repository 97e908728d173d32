import { isObject, type Json, type JsonObject, type Read, type ReadContext } from "@stax/materialize";
import { permissionSchema } from "./permission.ts";
import { readJsonCommands } from "./read-commands.ts";
import { readInstructions } from "./read-instructions.ts";

/** readModel takes the model. */
export const readModel: Read<JsonObject> = (found, context) => {
  let model: string | undefined;
  const rest = found.map(({ path, out }) => {
    const { model: given, ...others } = out;
    if (typeof given === "string" && given !== "") model = given;
    else if (given !== undefined) context.left(path, "model", "is no name of a model");
    return { path, out: others };
  });
  return { rest, ...(model !== undefined && { options: { model } }) };
};

/** readPermissions takes what tools may do, in its order; the older `tools`, which say on or off, come before it. */
export const readPermissions: Read<JsonObject> = (found, context) => {
  let permission: Json | undefined;
  let before: JsonObject = {};
  const rest = found.map(({ path, out }) => {
    const { permission: given, tools, ...others } = out;
    if (given !== undefined) permission = permissionOf(given, path, "permission", context);
    if (tools !== undefined) before = permissionOfTools(tools, path, "tools", context);
    return { path, out: others };
  });
  const all = together(before, permission);
  return { rest, ...(all !== undefined && { options: { permission: all } }) };
};

/** together puts what older settings of tools say before a permission; what both name is the permission's. */
export function together(before: JsonObject, permission: Json | undefined): Json | undefined {
  if (Object.keys(before).length === 0) return permission;
  if (permission === undefined) return before;
  return { ...before, ...(isObject(permission) ? permission : { "*": permission }) };
}

/** permissionOf keeps of a permission what the adapter's option takes, and reports the rest. */
export function permissionOf(value: Json, path: string, where: string, context: ReadContext): Json | undefined {
  if (permissionSchema.safeParse(value).success) return value;
  if (!isObject(value)) {
    context.left(path, where, "is neither allow, ask or deny nor a list of tools");
    return undefined;
  }
  const entries = Object.entries(value).filter(([tool, rule]) => {
    const problem = permissionSchema.safeParse({ [tool]: rule }).error?.issues[0];
    if (problem !== undefined) context.left(path, `${where}.${tool}`, "is nothing that opencode understands there");
    return problem === undefined;
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

const editing = new Set(["write", "edit", "patch", "multiedit", "apply_patch"]);

/** permissionOfTools says in the words of a permission what older settings say: a tool is on or off. */
export function permissionOfTools(tools: Json, path: string, where: string, context: ReadContext): JsonObject {
  const given = isObject(tools) ? Object.entries(tools) : [];
  const entries = given.flatMap(([tool, on]) =>
    typeof on === "boolean" ? [[editing.has(tool) ? "edit" : tool, on ? "allow" : "deny"] as const] : [],
  );
  if (entries.length > 0) context.changed(path, where, "are written as permission, which took their place");
  if (entries.length < given.length || !isObject(tools)) context.left(path, where, "says of tools more than on or off");
  return Object.fromEntries(entries);
}

/** readRest takes commands and instructions for layers, and the other keys as they are; those that run a program or reach out are written only where the user allows it. */
export const readRest: Read<JsonObject> = async (found, context) => {
  const skills = await readJsonCommands(found, context);
  const { layers, config } = await readInstructions(found, context);
  const options: Record<string, Json> = {};
  for (const { path, out } of found)
    for (const [key, value] of Object.entries(out)) {
      if (key === "$schema" || key === "command" || key === "instructions") continue;
      const kept = withoutExpansions(value, path, key, context);
      if (kept !== undefined) options[key] = kept;
    }
  const all = { ...options, ...config };
  return {
    layers: { ...layers, ...skills },
    ...(Object.keys(all).length > 0 && { options: { config: inOrder(all, found) } }),
  };
};

// The order of the files: what is written again has it too.
function inOrder(config: JsonObject, found: Parameters<Read<JsonObject>>[0]): JsonObject {
  const keys = found.flatMap(({ out }) => Object.keys(out)).filter((key) => Object.hasOwn(config, key));
  return Object.fromEntries(
    [...new Set(keys)].flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]])),
  );
}

/** withoutExpansions leaves out what opencode would fill with a variable or a file of the user's: an artifact may name neither. */
export function withoutExpansions(value: Json, path: string, at: string, context: ReadContext): Json | undefined {
  if (typeof value === "string") {
    if (!/\{(?:env|file):/i.test(value)) return value;
    context.left(path, at, "is filled with a variable or a file of yours, which only servers can refer to");
    return undefined;
  }
  if (Array.isArray(value))
    return value.flatMap((item: Json, index) => withoutExpansions(item, path, `${at}[${index}]`, context) ?? []);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const kept = withoutExpansions(item, path, `${at}.${key}`, context);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return Object.fromEntries(entries);
}
