import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { isStaxError } from "@stax/errors";
import { parseJson } from "@stax/layers";
import { formatField, type Positions, positionsOf } from "@stax/schema";
import {
  type Document,
  isCollection,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import type { BuildError, BuildErrorCode } from "../error.ts";
import { plainDataOf } from "./child/plain-data.ts";
import { errorFrom, type Finding } from "./finding.ts";

/** DataDocument is a definition that is data: what it says, and where it says it. */
export interface DataDocument {
  readonly value: unknown;
  readonly positions: Positions;
}

const largestSource = 4 * 1024 * 1024;
const maxDepth = 64;
const tooDeep = `nests deeper than ${maxDepth} levels`;
const maxAliases = 100;
const maxProblems = 50;

/**
 * readDataDefinition reads a `.json`, `.yaml` or `.yml` definition; nothing in it is executed. JSON is strict (no comments, no key
 * twice, at most 64 levels); YAML is 1.2 core (no tags of one's own, no merge keys, no key twice, few aliases). `path` is absolute.
 * Throws DEFINITION_UNREADABLE, DEFINITION_TOO_LARGE, DEFINITION_SYNTAX, DEFINITION_NOT_DATA; diagnostics carry line and column.
 */
export function readDataDefinition(path: string, workspaceRoot: string): DataDocument {
  const fail: Fail = (code, problems) =>
    errorFrom(
      problems.map(({ line, column, ...problem }) => ({
        ...problem,
        code,
        place: line === undefined || column === undefined ? undefined : { path, line, column },
      })),
      { path, workspaceRoot },
    );
  const bytes = readSource(path, fail);
  return path.endsWith(".json") ? jsonDocument(bytes, fail) : yamlDocument(bytes.toString("utf8"), fail);
}

interface Problem extends Pick<Finding, "message" | "hint" | "field"> {
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

type Fail = (code: BuildErrorCode, problems: readonly Problem[]) => BuildError;

function readSource(path: string, fail: Fail): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw fail("DEFINITION_UNREADABLE", [{ message: `cannot be read: ${messageOf(error)}` }]);
  }
  const { length } = bytes;
  if (length > largestSource) {
    const message = `holds ${length} bytes; a definition holds at most ${largestSource}`;
    throw fail("DEFINITION_TOO_LARGE", [{ message, hint: "put content into files" }]);
  }
  if (!isUtf8(bytes))
    throw fail("DEFINITION_SYNTAX", [{ message: "is not valid UTF-8", hint: "save the file as UTF-8" }]);
  return bytes;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function jsonDocument(bytes: Buffer, fail: Fail): DataDocument {
  try {
    return { value: parseJson(bytes, { maxDepth, name: "document" }), positions: jsonPositions(bytes) };
  } catch (error) {
    if (!isStaxError(error)) throw error;
    const { line, column } = (error.details ?? {}) as Pick<Problem, "line" | "column">; // what parseJson gives
    const what = error.message.replace(/^document(?::\d+:\d+)? /, "");
    throw fail("DEFINITION_SYNTAX", [{ message: `is no valid JSON: it ${what}`, hint: jsonHint(what), line, column }]);
  }
}

// Every JSON document is YAML, and the YAML parser knows where everything stands.
function jsonPositions(bytes: Buffer): Positions {
  let positions: Positions | undefined;
  return (field) => {
    if (positions === undefined) {
      const counter = new LineCounter();
      const document = parseDocument(bytes.toString("utf8"), { lineCounter: counter, prettyErrors: false });
      positions = positionsOf(document, counter);
    }
    return positions(field);
  };
}

function jsonHint(what: string): string | undefined {
  if (what.includes("nests")) return undefined;
  if (what.includes("twice")) return "remove one of them";
  return "JSON knows no comments and no comma before a closing bracket; YAML does: name the file .yaml";
}

function yamlDocument(source: string, fail: Fail): DataDocument {
  const text = source.startsWith("\ufeff") ? source.slice(1) : source;
  const counter = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
  const document = parseYaml(text, counter, fail);
  if (document.errors.length > 0) assertShallow(document, at, fail);
  const problems = [...document.errors, ...document.warnings, ...danglingAliases(document)].slice(0, maxProblems).map(
    ({ message, pos: [offset] }): Problem => ({
      message: `is no valid YAML: ${message}`,
      hint: yamlHint(message),
      ...at(offset),
    }),
  );
  if (problems.length > 0) throw fail("DEFINITION_SYNTAX", problems);
  if (document.contents === null)
    throw fail("DEFINITION_SYNTAX", [{ message: "is empty", hint: "define name, version and description" }]);
  const odd = oddKeyIn(document.contents, 0);
  if (odd !== undefined) throw fail("DEFINITION_SYNTAX", [{ message: odd.message, ...at(odd.offset) }]);
  return plainDocument(document, positionsOf(document, counter), fail);
}

// What is nested without an end has an error for each bracket that is left open, and one of the stack where the parser gave up.
function assertShallow({ errors, contents }: Document, at: (offset: number) => Partial<Problem>, fail: Fail): void {
  const exhausted = errors.find(({ message }) => /call stack/i.test(message));
  const deep = exhausted === undefined ? tooDeepIn(contents, 0) : exhausted.pos[0];
  if (deep !== undefined) throw fail("DEFINITION_SYNTAX", [{ message: tooDeep, ...at(deep) }]);
}

function tooDeepIn(node: unknown, depth: number): number | undefined {
  if (!isCollection(node)) return undefined;
  if (depth >= maxDepth) return offsetOf(node);
  for (const item of node.items)
    for (const inner of isPair(item) ? [item.key, item.value] : [item]) {
      const found = tooDeepIn(inner, depth + 1);
      if (found !== undefined) return found;
    }
  return undefined;
}

function yamlHint(message: string): string | undefined {
  if (/tag/i.test(message)) return "remove the tag: definitions hold plain data only";
  return /alias/i.test(message) ? "quote a text that begins with *" : undefined;
}

function danglingAliases(document: Document): readonly Pick<YAMLError, "message" | "pos">[] {
  const found: Pick<YAMLError, "message" | "pos">[] = [];
  visit(document, {
    Alias(_key, alias) {
      const at = alias.range?.[0] ?? 0;
      if (alias.resolve(document) === undefined)
        found.push({ message: `no anchor for the alias *${alias.source}`, pos: [at, at] });
    },
  });
  return found;
}

function parseYaml(text: string, lineCounter: LineCounter, fail: Fail): Document {
  try {
    return parseDocument(text, {
      lineCounter,
      version: "1.2",
      schema: "core",
      strict: true,
      uniqueKeys: true,
      merge: false,
      prettyErrors: false,
      logLevel: "error", // "silent" would hide that there are several documents
      resolveKnownTags: false,
    }) as Document; // the options ask for a document, never for the empty one
  } catch (cause) {
    // The parser recurses, and has no limit but the stack.
    if (!(cause instanceof RangeError)) throw cause;
    throw fail("DEFINITION_SYNTAX", [{ message: tooDeep }]);
  }
}

function plainDocument(document: Document, positions: Positions, fail: Fail): DataDocument {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    const hint = "write the values out instead of using aliases";
    throw fail("DEFINITION_SYNTAX", [{ message: `cannot be read: ${messageOf(error)}`, hint }]);
  }
  const data = plainDataOf(value);
  if (data.problems === undefined) return { value: data.value, positions };
  throw fail(
    "DEFINITION_NOT_DATA",
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
  if (depth >= maxDepth) return { message: tooDeep, offset: offsetOf(node) };
  for (const item of node.items) {
    const { key, value } = isPair(item) ? item : { key: undefined, value: item };
    if (isPair(item) && !(isScalar(key) && key.value !== null))
      return { message: "has a key that is no text", offset: offsetOf(isNode(key) ? key : node) };
    const found = oddKeyIn(value, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

const offsetOf = ({ range }: Pick<Node, "range">): number => range?.[0] ?? 0;
