import type { Diagnostic } from "@stax/errors";
import type { Json, JsonObject } from "@stax/materialize";
import { isObject, merge } from "./merge.ts";

/** normalize writes forms that OpenClaw no longer reads in the current ones (decision R7): `agent`, `agents.list`, `skills.allowBundled: true`. */
export function normalize(config: JsonObject, report: (finding: Diagnostic) => void): JsonObject {
  const legacy = (field: string, message: string) =>
    report({ code: "profile-legacy", severity: "warning", field: `openclaw.${field}`, message });
  const { agent, ...rest } = config;
  let result: JsonObject = rest;
  if (isObject(agent)) {
    legacy("agent", "OpenClaw refuses the key agent; it is written as agents.defaults");
    result = merge([{ agents: { defaults: agent } }, result]);
  }
  return withBundled(withEntries(result, legacy), legacy);
}

type Report = (field: string, message: string) => void;

function withEntries(config: JsonObject, legacy: Report): JsonObject {
  const { agents } = config;
  if (!isObject(agents) || !Array.isArray(agents.list)) return config;
  legacy("agents.list", "is the old form; it is written as agents.entries");
  const { list, ...others } = agents;
  const entries = (list as readonly Json[]).flatMap((entry): readonly (readonly [string, Json])[] => {
    if (!isObject(entry) || typeof entry.id !== "string") return [];
    const { id, ...agent } = entry;
    return [[id, agent]];
  });
  return { ...config, agents: merge([{ entries: Object.fromEntries(entries) }, others]) };
}

function withBundled(config: JsonObject, legacy: Report): JsonObject {
  const { skills } = config;
  if (!isObject(skills) || typeof skills.allowBundled !== "boolean") return config;
  legacy("skills.allowBundled", "is a list in OpenClaw; true is what it does without the key, false an empty list");
  const { allowBundled, ...others } = skills;
  return { ...config, skills: allowBundled ? others : { ...others, allowBundled: [] } };
}
