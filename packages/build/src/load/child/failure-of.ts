import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Failure, Found, Place } from "./protocol.ts";
import { refusalOf } from "./refusal.ts";

/** failureOf describes whatever an evaluation threw. `loaded` are the files that were compiled for it, in order. */
export function failureOf(error: unknown, workspaceRoot: string, loaded: readonly string[]): Failure {
  const stack = textOf(() => (error as { stack?: unknown }).stack);
  const place = placeIn(stack, workspaceRoot);
  const refusal = refusalOf(error);
  if (refusal !== undefined) return refusal.reason === "denied" ? { ...refusal, place } : refusal;
  if (isCompileError(error, place)) {
    return { reason: "syntax", message: messageOf(error), place: place ?? decorationIn(stack), loaded };
  }
  const hint = isOfStax(error) ? memberOf(error, "hint") : "";
  return { reason: "threw", message: describe(error), place, hint, found: foundBy(error) };
}

const isOfStax = (error: unknown): boolean => memberOf(error, "code").startsWith("ERR_STAX_");

const memberOf = (value: unknown, name: string): string =>
  textOf(() => (value as Readonly<Record<string, unknown>>)[name]);

const maxFound = 50;

function foundBy(error: unknown): readonly Found[] {
  if (!isOfStax(error)) return [];
  try {
    const { diagnostics } = error as { readonly diagnostics?: unknown }; // read defensively
    if (!Array.isArray(diagnostics)) return [];
    return Array.from(diagnostics.slice(0, maxFound), (found) => ({
      field: memberOf(found, "field"),
      message: memberOf(found, "message"),
      hint: memberOf(found, "hint"),
    })).filter(({ message }) => message !== "");
  } catch {
    return [];
  }
}

function isCompileError(error: unknown, place: Place | undefined): boolean {
  const code = textOf(() => (error as { code?: unknown }).code);
  return (
    /^ERR_(?:UNSUPPORTED|INVALID)_TYPESCRIPT_SYNTAX$/.test(code) ||
    (error instanceof SyntaxError && place === undefined)
  );
}

// A thrown value belongs to the definition: reading its members may run code, and throw.
function textOf(read: () => unknown): string {
  try {
    const value = read();
    return value === undefined || value === null ? "" : String(value).slice(0, 20_000);
  } catch {
    return "";
  }
}

const messageOf = (error: unknown): string => textOf(() => (error as { message?: unknown }).message);

function describe(error: unknown): string {
  if (error === undefined) return "undefined";
  if (!(error instanceof Error)) return textOf(() => (typeof error === "object" ? JSON.stringify(error) : error));
  // The class of an error of stax has another name where the command is minified; its code is the same everywhere.
  const name = isOfStax(error) ? memberOf(error, "code") : textOf(() => error.name);
  const message = messageOf(error);
  return message === "" ? name : `${name}: ${message}`;
}

const frame = /\(?(file:\/\/[^\s()]+):(\d+):(\d+)\)?$/gm;

function placeIn(stack: string, workspaceRoot: string): Place | undefined {
  for (const [, url, line, column] of stack.matchAll(frame)) {
    const path = pathOf(url ?? "");
    if (path?.startsWith(workspaceRoot) === true && !path.includes("node_modules") && !path.startsWith(ownDirectory))
      return { path, line: Number(line), column: Number(column) };
  }
  return undefined;
}

// The child's own files, which lie inside the workspace where that is this project's checkout.
const ownDirectory = `${dirname(process.argv[1] ?? "")}${sep}`;

function pathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

// Errors of compilation carry no frame: above the message stand the file and line, some lines of the source, and carets below the culprit.
const decoration = /^(file:\/\/)?(\/[^\n]+):(\d+)\n(?:[^\n]*\n){1,4}?([ \t]*)\^+[ \t]*\n/;

function decorationIn(stack: string): Place | undefined {
  const match = decoration.exec(stack);
  if (match === null) return undefined;
  const [, scheme, path = "", line, indent = ""] = match;
  const file = scheme === undefined ? path : pathOf(`file://${path}`);
  return file === undefined ? undefined : { path: file, line: Number(line), column: indent.length + 1 };
}
