import type { Diagnostic } from "@stax/errors";
import { printable } from "@stax/errors";
import type { Json, JsonObject } from "@stax/materialize";
import { isObject } from "./merge.ts";
import type { Portable } from "./portable.ts";

/** Selecting is what {@link selectPortable} knows beside the configuration. */
export interface Selecting {
  /** Environment names of the variables that strings may refer to, by the name they are referred to by. */
  readonly variables: ReadonlyMap<string, string>;
  report(finding: Diagnostic): void;
}

const machinePath =
  /(?:^|[\s"'`=(,])(?:\/(?:Users|home|root|Volumes|private|mnt|media|opt|srv|var|tmp|etc|usr)\/|[A-Za-z]:[\\/]|\\\\[^\\\s]+\\|file:\/\/)/;
const reference = /\$\{([^}]*)\}/g;
const agentId = /^[a-z0-9_][a-z0-9_-]{0,63}$/;

/** selectPortable keeps of a configuration what may be shared; everything else is left out and reported by its key. */
export function selectPortable(config: JsonObject, allowed: Portable, selecting: Selecting): JsonObject {
  return (select(config, allowed, [], selecting) ?? {}) as JsonObject; // an object stays one
}

type Place = readonly (string | number)[];

function select(value: Json, allowed: Portable, at: Place, selecting: Selecting): Json | undefined {
  if (allowed === true) return clean(value, at, selecting);
  if (!isObject(value)) {
    leaveOut(at, "must be an object", selecting);
    return undefined;
  }
  const entries = Object.entries(value).flatMap(([key, item]): readonly (readonly [string, Json])[] => {
    const below = Object.hasOwn(allowed, key) ? allowed[key] : allowed["*"];
    const here = [...at, key];
    if (below === undefined) leaveOut(here, "is not portable", selecting);
    else if (at.join(".") === "agents.entries" && !agentId.test(key)) leaveOut(here, "is no agent id", selecting);
    else {
      const kept = select(item, below, here, selecting);
      if (kept !== undefined) return [[key, kept]];
    }
    return [];
  });
  return entries.length === 0 && Object.keys(value).length > 0 ? undefined : Object.fromEntries(entries);
}

function clean(value: Json, at: Place, selecting: Selecting): Json | undefined {
  if (typeof value === "string") return cleanText(value, at, selecting);
  if (Array.isArray(value))
    return value.flatMap((item, index) => {
      const kept = clean(item, [...at, index], selecting);
      return kept === undefined ? [] : [kept];
    });
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]): readonly (readonly [string, Json])[] => {
      const kept = clean(item, [...at, key], selecting);
      return kept === undefined ? [] : [[key, kept]];
    }),
  );
}

function cleanText(text: string, at: Place, { variables, report }: Selecting): string | undefined {
  if (machinePath.test(text)) {
    report({
      code: "profile-machine-path",
      severity: "warning",
      field: fieldOf(at),
      message: "names a path of one machine and is left out",
      hint: "write it relative to the home directory, as ~/…",
    });
    return undefined;
  }
  const unknown = [...text.matchAll(reference)].find(([, name = ""]) => !variables.has(name));
  if (unknown === undefined)
    return text.replace(reference, (whole, name: string) => `\${${variables.get(name) ?? whole}}`);
  report({
    code: "profile-interpolation",
    severity: "warning",
    field: fieldOf(at),
    message: `refers to ${printable(unknown[0])}, which OpenClaw would replace, and is left out`,
    hint: "declare it in secrets, and materialize with --allow-capability interpolation",
  });
  return undefined;
}

function leaveOut(at: Place, why: string, { report }: Selecting): void {
  report({ code: "profile-left-out", severity: "warning", field: fieldOf(at), message: `${why} and is left out` });
}

const fieldOf = (at: Place): string => printable(["openclaw", ...at].join("."));
