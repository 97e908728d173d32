import { printable } from "@stax/errors";
import { secretShape } from "@stax/schema";
import type { Feature, Json, JsonObject } from "./contract.ts";
import type { Findings } from "./ledger.ts";

/** withoutSecrets leaves out the strings of a fragment that look like credentials, and reports each by its place. */
export function withoutSecrets(findings: Findings, feature: Feature, value: JsonObject): JsonObject {
  const clean = (node: Json, at: readonly string[]): Json | undefined => {
    if (typeof node === "string") {
      const shape = secretShape(node);
      if (shape === undefined) return node;
      findings.note({
        code: "secret-value",
        severity: "error",
        layer: feature,
        message: `${printable(at.join("."))} holds what looks like ${shape} and is omitted`,
        hint: "declare a secret instead; values never enter an artifact",
      });
      return undefined;
    }
    if (Array.isArray(node))
      return node.map((item, index) => clean(item, [...at, String(index)])).filter((item) => item !== undefined);
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).flatMap(([key, item]) => {
        const kept = clean(item, [...at, key]);
        return kept === undefined ? [] : [[key, kept]];
      }),
    );
  };
  return clean(value, []) as JsonObject; // an object stays one
}
