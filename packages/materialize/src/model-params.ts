import { type Diagnostic, printable } from "@stax/errors";
import type { Adapter, ModelParam } from "./adapter-contract.ts";

/** commonModelParams are the parameters most models know; an adapter says which of them its runtime's files can hold. */
export const commonModelParams = {
  temperature: { type: "number", min: 0, max: 2, supported: false },
  top_p: { type: "number", min: 0, max: 1, supported: false },
  top_k: { type: "integer", min: 0, supported: false },
  max_tokens: { type: "integer", min: 1, supported: false },
  frequency_penalty: { type: "number", min: -2, max: 2, supported: false },
  presence_penalty: { type: "number", min: -2, max: 2, supported: false },
  seed: { type: "integer", supported: false },
  stop: { type: "strings", supported: false },
  reasoning_effort: { type: "string", values: ["none", "minimal", "low", "medium", "high", "xhigh"], supported: false },
} as const satisfies Readonly<Record<string, ModelParam>>;

/** modelParamFindings checks model parameters: keys and known values (errors), unknown ones (warnings). Unsupported ones are losses, not findings. */
export function modelParamFindings(
  adapter: Pick<Adapter, "modelParams" | "displayName">,
  params: Readonly<Record<string, unknown>>,
): readonly Diagnostic[] {
  return Object.entries(params).flatMap(([key, value]): readonly Diagnostic[] => {
    const field = `modelParams.${printable(key)}`;
    if (!/^[A-Za-z0-9_-]+$/.test(key))
      return [{ code: "adapter-options", severity: "error", field, message: "may hold letters, digits, _ and - only" }];
    const known = Object.hasOwn(adapter.modelParams, key) ? adapter.modelParams[key] : undefined;
    if (known === undefined)
      return [
        {
          code: "model-param-unknown",
          severity: "warning",
          field,
          message: `${adapter.displayName} knows no model parameter "${printable(key)}"`,
        },
      ];
    const problem = problemOf(known, value);
    return problem === undefined ? [] : [{ code: "adapter-options", severity: "error", field, message: problem }];
  });
}

function problemOf({ type, min, max, values }: ModelParam, value: unknown): string | undefined {
  if (type === "strings")
    return typeof value === "string" || (Array.isArray(value) && value.every((item) => typeof item === "string"))
      ? undefined
      : "must be a string or a list of strings";
  if (type === "boolean") return typeof value === "boolean" ? undefined : "must be true or false";
  if (type === "string") {
    if (typeof value !== "string") return "must be a string";
    return values === undefined || values.includes(value) ? undefined : `must be one of ${values.join(", ")}`;
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return "must be a number";
  if (type === "integer" && !Number.isInteger(value)) return "must be a whole number";
  const low = min === undefined || value >= min;
  const high = max === undefined || value <= max;
  return low && high ? undefined : `must be ${range(min, max)}`;
}

const range = (min: number | undefined, max: number | undefined): string =>
  min !== undefined && max !== undefined
    ? `from ${min} to ${max}`
    : min !== undefined
      ? `at least ${min}`
      : `at most ${max}`;
