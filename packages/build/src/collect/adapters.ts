import { isStaxError, printable } from "@stax/errors";
import { type Agent, type Field, nearest } from "@stax/schema";
import { type CheckedDocument, reportAt, type SourceDocument } from "./document.ts";
import type { Session } from "./session.ts";

interface Shorthand {
  readonly name: string;
  readonly options?: unknown;
}

/**
 * expandAdapters compiles the short forms that a data-only definition may use — `adapter: claude-code`, or
 * `{ name: claude-code, options: { … } }` — since it cannot call the adapter's function.
 */
export async function expandAdapters(source: SourceDocument, session: Session): Promise<unknown> {
  const { content } = source;
  if (typeof content !== "object" || content === null || Array.isArray(content)) return content;
  const { adapter, adapterFallback } = content as { readonly adapter?: unknown; readonly adapterFallback?: unknown };
  const fallback = Array.isArray(adapterFallback)
    ? await Promise.all(adapterFallback.map((entry, at) => expand(entry, ["adapterFallback", at], source, session)))
    : adapterFallback;
  return {
    ...content,
    ...(adapter === undefined ? {} : { adapter: await expand(adapter, ["adapter"], source, session) }),
    ...(fallback === undefined ? {} : { adapterFallback: fallback }),
  };
}

async function expand(value: unknown, at: Field, source: SourceDocument, session: Session): Promise<unknown> {
  const short = shorthandOf(value);
  const { adapters } = session.options;
  const half = halfConfigOf(value);
  if (half !== undefined) {
    const hint = /\.m?[jt]s$/.test(source.path)
      ? `call the adapter's function: adapter: ${camelCase(half)}({ … })`
      : `write "${half}", or { "name": "${half}", "options": { … } }`;
    const message = `{ type: ${JSON.stringify(half)} } is not how an adapter is named`;
    reportAt(session, source, at, { code: "field-invalid", severity: "error", message, hint, field: fieldOf(at) });
    return standIn(half);
  }
  if (short === undefined || adapters === undefined) return value;
  const report = (code: string, message: string, hint?: string) =>
    reportAt(session, source, at, { code, severity: "error", message, hint, field: fieldOf(at) });
  if (!adapters.names.includes(short.name)) {
    const meant = nearest(short.name, adapters.names);
    const hint = meant === undefined ? `known adapters: ${adapters.names.join(", ")}` : `did you mean "${meant}"?`;
    report("adapter-unknown", `there is no adapter "${short.name}"`, hint);
    return standIn(short.name);
  }
  try {
    return await adapters.configure(short.name, short.options ?? {});
  } catch (error) {
    if (!isStaxError(error)) throw error;
    const findings = error.diagnostics.length === 0 ? [{ message: error.message }] : error.diagnostics;
    for (const { message } of findings) report("adapter-options-invalid", message, error.hint);
    return standIn(short.name);
  }
}

// What was wrong is reported; a config that passes keeps the schema from reporting it again in other words.
const standIn = (name: string) => ({ type: name, runtime: name, adapterVersion: "1.0.0", config: {}, features: {} });

function shorthandOf(value: unknown): Shorthand | undefined {
  if (typeof value === "string") return { name: value };
  if (typeof value !== "object" || value === null || "type" in value) return undefined;
  const { name, options } = value as Partial<Shorthand>;
  return typeof name === "string" ? { name, options } : undefined;
}

// What an adapter's function makes has all of these; whoever writes a type by hand has none.
function halfConfigOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("type" in value) || typeof value.type !== "string")
    return undefined;
  const made = ["runtime", "adapterVersion", "config", "features"].some((field) => field in value);
  return made ? undefined : printable(value.type);
}

const camelCase = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const fieldOf = (at: Field): string => at.map((key) => (typeof key === "number" ? `[${key}]` : key)).join("");

/** checkAdapters lets the known adapters judge their compiled configs. */
export async function checkAdapters(document: CheckedDocument<Agent>, session: Session): Promise<void> {
  for (const finding of (await session.options.adapters?.findings(document.value)) ?? [])
    reportAt(session, document, pathOf(finding.field ?? "adapter"), finding);
}

const pathOf = (field: string): Field =>
  field
    .split(/[.[\]]+/)
    .filter((part) => part !== "")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
