import { isStaxError } from "@stax/errors";
import { ResolveError } from "../error.ts";

/** Failure is what keeps a package from being part of the graph. */
export type Failure = unknown;

/** Outcome is a value or why there is none: who waits for many decides by their order, not by time, which failure counts. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Failure };

/** outcomeOf runs a task and keeps its failure. */
export async function outcomeOf<T>(task: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await task() };
  } catch (error) {
    return { ok: false, error };
  }
}

/** isUnreachable tells failures of the network from answers: after the first of them nothing more is asked. */
export const isUnreachable = (error: Failure): boolean => !isStaxError(error) || error.category === "registry";

/** failureAt says which path of the graph a failure lies on. The category of the cause is kept, so that a network failure exits 3. */
export function failureAt(error: Failure, reference: string, path: readonly string[]): unknown {
  if (!isStaxError(error)) return error;
  const { hint, cause, diagnostics } = error;
  const where = path.length < 3 ? "" : `, needed by ${path.slice(0, -1).join(" → ")}`;
  if (error instanceof ResolveError) {
    const code = error.code.slice("ERR_STAX_".length) as ConstructorParameters<typeof ResolveError>[0]; // a ResolveError has one of them
    const details = { ...error.details, path };
    return new ResolveError(code, `${error.message}${where}`, {
      hint,
      cause,
      diagnostics,
      details,
      category: error.category,
    });
  }
  return new ResolveError("DEPENDENCY_FAILED", `cannot read ${reference}${where}: ${error.message}`, {
    hint,
    cause: error,
    diagnostics,
    category: error.category,
    details: { ...error.details, path, cause: error.code },
  });
}
