import { join } from "node:path";
import { hasErrors, isStaxError } from "@stax/errors";
import { checkDocument, type Field, type LayerName } from "@stax/schema";
import type * as z from "zod";
import type { LoadedDefinition } from "../load/index.ts";
import type { Session } from "./session.ts";

/** CheckedDocument is a loaded document that passed its schema, with the way to report more about it. */
export interface CheckedDocument<T> {
  readonly value: T;
  /** The file, absolute. */
  readonly path: string;
  readonly loaded: LoadedDefinition;
}

export interface DocumentOptions {
  readonly workspaceRoot: string;
  readonly layer?: LayerName;
  /** What an unknown field is (decision A31). */
  readonly unknown: "error" | "warning";
  /** Changes the loaded value before it is checked. */
  readonly prepare?: (value: unknown) => unknown;
}

/** readDocument loads a definition file and checks it. Every problem is reported with file, line and field; `undefined` where there is one. */
export async function readDocument<T>(
  path: string,
  schema: z.ZodType<T>,
  session: Session,
  options: DocumentOptions,
): Promise<CheckedDocument<T> | undefined> {
  const { layer, unknown, prepare = (value) => value } = options;
  const shown = session.shown(path);
  const where = { path: shown, ...(layer === undefined ? {} : { layer }) };
  const loaded = await loadOrReport(path, session, options.workspaceRoot);
  if (loaded === undefined) return undefined;
  for (const warning of loaded.warnings) session.report({ ...warning, path: shown });
  const value = checkDocument(schema, prepare(loaded.value), {
    unknown,
    positions: loaded.positions,
    report: (finding) => session.report({ ...finding, ...where }),
  });
  return value === undefined ? undefined : { value, path, loaded };
}

async function loadOrReport(
  path: string,
  session: Session,
  workspaceRoot: string,
): Promise<LoadedDefinition | undefined> {
  try {
    return await session.load(path, workspaceRoot);
  } catch (error) {
    // A broken document is one finding among others; anything else ends the command.
    if (!isStaxError(error) || error.category !== "schema" || !hasErrors(error.diagnostics)) throw error;
    for (const diagnostic of error.diagnostics)
      session.report({
        ...diagnostic,
        path: session.shown(diagnostic.path === undefined ? path : join(workspaceRoot, diagnostic.path)),
      });
    return undefined;
  }
}

/** reportAt reports a finding about a field of a document, at its line and column. */
export function reportAt(
  session: Session,
  document: Pick<CheckedDocument<unknown>, "path" | "loaded">,
  field: Field,
  finding: {
    readonly code: string;
    readonly severity: "info" | "warning" | "error";
    readonly message: string;
    readonly hint?: string | undefined;
    readonly layer?: string | undefined;
    readonly field?: string | undefined;
  },
): void {
  session.report({ ...finding, path: session.shown(document.path), ...document.loaded.positions(field) });
}
