import { join } from "node:path";
import { hasErrors, isStaxError } from "@stax/errors";
import { checkDocument, type Field, type LayerName } from "@stax/schema";
import type * as z from "zod";
import type { LoadedDefinition } from "../load/index.ts";
import type { Session } from "./session.ts";

/** SourceDocument is a definition file as it was loaded. */
export interface SourceDocument {
  /** Absolute. */
  readonly path: string;
  readonly loaded: LoadedDefinition;
  /** What it says, checked by nobody yet. */
  readonly content: unknown;
}

/** CheckedDocument is a loaded document that passed its schema. */
export interface CheckedDocument<T> extends SourceDocument {
  readonly value: T;
}

export interface DocumentOptions {
  readonly workspaceRoot: string;
  readonly layer?: LayerName;
  /** What an unknown field is (decision A31). */
  readonly unknown: "error" | "warning";
}

/** readDocument loads a definition file and checks it. Every problem is reported with file, line and field; `undefined` where there is one. */
export async function readDocument<T>(
  path: string,
  schema: z.ZodType<T>,
  session: Session,
  options: DocumentOptions,
): Promise<CheckedDocument<T> | undefined> {
  const source = await openDocument(path, session, options.workspaceRoot, { named: true });
  return source === undefined ? undefined : checkSource(source, schema, session, options);
}

/**
 * openDocument loads a definition file; `undefined` where it cannot be, which is reported. `named`: another definition names it, so that a
 * file that cannot be read is a finding like any other; the file that a command is about must be readable.
 */
export async function openDocument(
  path: string,
  session: Session,
  workspaceRoot: string,
  { named }: { readonly named: boolean },
): Promise<SourceDocument | undefined> {
  const loaded = await loadOrReport(path, session, workspaceRoot, named);
  if (loaded === undefined) return undefined;
  for (const warning of loaded.warnings) session.report({ ...warning, path: session.shown(path) });
  return { path, loaded, content: loaded.value };
}

/** checkSource holds a loaded document against its schema and reports every problem. */
export function checkSource<T>(
  source: SourceDocument,
  schema: z.ZodType<T>,
  session: Session,
  { layer, unknown }: Pick<DocumentOptions, "layer" | "unknown">,
): CheckedDocument<T> | undefined {
  const where = { path: session.shown(source.path), ...(layer === undefined ? {} : { layer }) };
  const value = checkDocument(schema, source.content, {
    unknown,
    positions: source.loaded.positions,
    report: (finding) => session.report({ ...finding, ...where }),
  });
  return value === undefined ? undefined : { ...source, value };
}

async function loadOrReport(
  path: string,
  session: Session,
  workspaceRoot: string,
  named: boolean,
): Promise<LoadedDefinition | undefined> {
  try {
    return await session.load(path, workspaceRoot);
  } catch (error) {
    // A broken document is one finding among others; anything else ends the command.
    if (!isStaxError(error) || !hasErrors(error.diagnostics)) throw error;
    if (error.category !== "schema" && !(named && error.code === "ERR_STAX_DEFINITION_UNREADABLE")) throw error;
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
  document: SourceDocument,
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
