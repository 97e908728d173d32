import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { relative, sep } from "node:path";
import { type Diagnostic, isStaxError, printable } from "@stax/errors";
import { parseJson } from "@stax/layers";
import { formatField, type Positions, positionsOf } from "@stax/schema";
import { type Document, isCollection, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { BuildError, type BuildErrorCode } from "../error.ts";
import { plainDataOf } from "./child/plain-data.ts";

/** DataDocument is a definition that is data: what it says, and where it says it. */
export interface DataDocument {
  readonly value: unknown;
  readonly positions: Positions;
}

const largestSource = 4 * 1024 * 1024;
const maxDepth = 64;
const maxAliases = 100;

/**
 * readDataDefinition reads a `.json`, `.yaml` or `.yml` definition; nothing in it is executed. JSON is strict (no comments, no key
 * twice, at most 64 levels); YAML is 1.2 core (no tags of one's own, no merge keys, no key twice, few aliases). `path` is absolute.
 * Throws DEFINITION_UNREADABLE, DEFINITION_TOO_LARGE, DEFINITION_SYNTAX, DEFINITION_NOT_DATA; diagnostics carry line and column.
 */
export function readDataDefinition(path: string, workspaceRoot: string): DataDocument {
  const name = relative(workspaceRoot, path).replaceAll(sep, "/");
  const bytes = readSource(path, name);
  return path.endsWith(".json") ? jsonDocument(bytes, name) : yamlDocument(bytes.toString("utf8"), name);
}

function readSource(path: string, name: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new BuildError("DEFINITION_UNREADABLE", `${name} cannot be read`, { cause });
  }
  if (bytes.length > largestSource)
    throw failure("DEFINITION_TOO_LARGE", name, [
      {
        message: `holds ${bytes.length} bytes; a definition holds at most ${largestSource}`,
        hint: "put content into files",
      },
    ]);
  if (!isUtf8(bytes))
    throw failure("DEFINITION_SYNTAX", name, [{ message: "is not valid UTF-8", hint: "save the file as UTF-8" }]);
  return bytes;
}

type Problem = Pick<Diagnostic, "message" | "hint" | "line" | "column" | "field">;

/** failure makes the error for a file with problems, each a diagnostic with its place. */
function failure(code: BuildErrorCode, path: string, problems: readonly Problem[]): BuildError {
  const diagnostics = problems.map(
    (problem): Diagnostic => ({
      ...problem,
      code: code.toLowerCase().replaceAll("_", "-"),
      severity: "error",
      path,
      message: printable(problem.message),
    }),
  );
  const sentences = diagnostics.map(({ line, column, field, message }) => {
    const place = line === undefined ? path : `${path}:${line}:${column}`;
    return `${place}: ${field === undefined || field === "" ? "" : `${field} `}${message}`;
  });
  return new BuildError(code, sentences.join("; "), { hint: problems[0]?.hint, diagnostics });
}

function jsonDocument(bytes: Buffer, name: string): DataDocument {
  const positions: Positions = (field) => {
    const counter = new LineCounter();
    // Every JSON document is YAML, and the YAML parser knows where everything stands.
    return positionsOf(
      parseDocument(bytes.toString("utf8"), { lineCounter: counter, prettyErrors: false }),
      counter,
    )(field);
  };
  try {
    return { value: parseJson(bytes, { maxDepth, name }), positions };
  } catch (error) {
    if (!isStaxError(error)) throw error;
    const { line, column } = (error.details ?? {}) as Pick<Problem, "line" | "column">; // what parseJson gives
    const message = error.message.replace(`${name}:${line}:${column} `, "").replace(`${name} `, "");
    throw failure("DEFINITION_SYNTAX", name, [
      { message: `is no valid JSON: it ${message}`, hint: hintForJson(message), line, column },
    ]);
  }
}

function hintForJson(message: string): string {
  if (message.includes("twice")) return "remove one of them";
  return "JSON knows no comments and no commas before a closing bracket; YAML does: name the file .yaml";
}

function yamlDocument(text: string, name: string): DataDocument {
  const counter = new LineCounter();
  if (/(?:[[{]\s*){65}|^[ ]{4096}/m.test(text))
    throw failure("DEFINITION_SYNTAX", name, [{ message: `nests deeper than ${maxDepth} levels` }]);
  const document = parseYaml(text, name, counter);
  const at = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
  const problems = [...document.errors, ...document.warnings].map(
    (error): Problem => ({
      message: `is no valid YAML: ${error.message}`,
      hint: /tag/i.test(error.message) ? "remove the tag: definitions hold plain data only" : undefined,
      ...at(error.pos[0]),
    }),
  );
  if (problems.length > 0) throw failure("DEFINITION_SYNTAX", name, problems);
  if (document.contents === null)
    throw failure("DEFINITION_SYNTAX", name, [{ message: "is empty", hint: "define name, version and description" }]);
  return dataOf(document, name, positionsOf(document, counter), at);
}

function parseYaml(text: string, name: string, lineCounter: LineCounter): Document {
  try {
    return parseDocument(text, {
      lineCounter,
      version: "1.2",
      schema: "core",
      strict: true,
      uniqueKeys: true,
      merge: false,
      prettyErrors: false,
      logLevel: "silent",
      resolveKnownTags: false,
    }) as Document;
  } catch (cause) {
    // A parser without a limit of its own runs out of stack.
    if (!(cause instanceof RangeError)) throw cause;
    throw failure("DEFINITION_SYNTAX", name, [{ message: `nests deeper than ${maxDepth} levels` }]);
  }
}

function dataOf(
  document: Document,
  name: string,
  positions: Positions,
  at: (offset: number) => { readonly line: number; readonly column: number },
): DataDocument {
  const oddKey = oddKeyIn(document.contents, 0);
  if (oddKey !== undefined)
    throw failure("DEFINITION_SYNTAX", name, [{ message: oddKey.message, ...at(oddKey.offset) }]);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw failure("DEFINITION_SYNTAX", name, [
      { message: `cannot be read: ${message}`, hint: "write the values out instead of using aliases" },
    ]);
  }
  const data = plainDataOf(value);
  if (data.problems === undefined) return { value: data.value, positions };
  throw failure(
    "DEFINITION_NOT_DATA",
    name,
    data.problems.map(({ field, what }) => ({
      message: `holds ${what}, which JSON cannot carry`,
      field: formatField(field),
      ...positions(field),
    })),
  );
}

interface OddKey {
  readonly message: string;
  readonly offset: number;
}

// JSON has text keys only; a map or a null as a key would become text that nobody wrote.
function oddKeyIn(node: unknown, depth: number): OddKey | undefined {
  if (!isCollection(node)) return undefined;
  if (depth >= maxDepth) return { message: `nests deeper than ${maxDepth} levels`, offset: node.range?.[0] ?? 0 };
  for (const item of node.items) {
    const { key, value } = isMap(node) ? (item as { key: unknown; value: unknown }) : { key: undefined, value: item }; // items of a map are pairs
    if (isMap(node) && !(isScalar(key) && key.value !== null))
      return {
        message: "has a key that is no text",
        offset: (key as { range?: readonly number[] } | null)?.range?.[0] ?? node.range?.[0] ?? 0,
      };
    const found = oddKeyIn(value, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
