import { type Agent, nearest } from "@stax/schema";
import { BuildError } from "../error.ts";
import { type CheckedDocument, reportAt } from "./document.ts";
import type { Session } from "./session.ts";

interface Shorthand {
  readonly name: string;
  readonly options?: unknown;
}

/**
 * expandAdapters compiles the short forms that a data-only definition may use — `adapter: claude-code`, or
 * `{ name: claude-code, options: { … } }` — since it cannot call the adapter's function.
 */
export function expandAdapters(value: unknown, session: Session): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { adapter, adapterFallback } = value as { readonly adapter?: unknown; readonly adapterFallback?: unknown };
  return {
    ...value,
    ...(adapter === undefined ? {} : { adapter: expand(adapter, session) }),
    ...(Array.isArray(adapterFallback)
      ? { adapterFallback: adapterFallback.map((entry) => expand(entry, session)) }
      : {}),
  };
}

function expand(value: unknown, session: Session): unknown {
  const short = shorthandOf(value);
  if (short === undefined) return value;
  const { adapters = [] } = session.options;
  const adapter = adapters.find(({ name }) => name === short.name);
  if (adapter === undefined) {
    const known = adapters.map(({ name }) => name);
    const meant = nearest(short.name, known);
    throw new BuildError("DEFINITION_ADAPTER_UNKNOWN", `there is no adapter "${short.name}"`, {
      hint: meant === undefined ? `known adapters: ${known.join(", ")}` : `did you mean "${meant}"?`,
    });
  }
  return adapter.configure((short.options ?? {}) as never); // the adapter checks its own options
}

function shorthandOf(value: unknown): Shorthand | undefined {
  if (typeof value === "string") return { name: value };
  if (typeof value !== "object" || value === null || "type" in value) return undefined;
  const { name, options } = value as Partial<Shorthand>;
  return typeof name === "string" ? { name, options } : undefined;
}

/** checkAdapters lets each known adapter judge its compiled config. */
export function checkAdapters(document: CheckedDocument<Agent>, session: Session): void {
  const { adapter, adapterFallback = [] } = document.value;
  const all = [
    { config: adapter, at: ["adapter"], primary: true },
    ...adapterFallback.map((config, index) => ({ config, at: ["adapterFallback", index], primary: false })),
  ];
  for (const { config, at, primary } of all) {
    const known = session.options.adapters?.find(({ name }) => name === config.type);
    for (const finding of known?.check?.(config, primary) ?? []) {
      const field = [at.join("."), finding.field].filter((part) => part !== undefined && part !== "").join(".");
      reportAt(session, document, at, { ...finding, field });
    }
  }
}
