import { readFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { type Diagnostic, printable } from "@stax/errors";
import { formatField } from "@stax/schema";
import { BuildError, type BuildErrorCode } from "../error.ts";
import type { BadImport, Failure, Place, Refused } from "./child/protocol.ts";
import type { Ending } from "./evaluator-process.ts";
import { modulePositions, syntaxErrorIn } from "./positions.ts";

/** FailureContext is what a message about a failed evaluation needs to know. */
export interface FailureContext {
  readonly path: string;
  readonly workspaceRoot: string;
  redact(text: string): string;
}

interface Finding {
  readonly code: BuildErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly place?: Place | undefined;
  readonly field?: string | undefined;
}

/** errorOf makes the error for an evaluation that gave no value. Its diagnostics carry file, line, column and field. */
export function errorOf(ending: Ending, context: FailureContext): BuildError {
  const findings = "reply" in ending ? findingsOf(ending.reply, context) : [processFinding(ending)];
  const diagnostics = findings.map((finding) => diagnosticOf(finding, context));
  const [first] = diagnostics;
  const [finding] = findings;
  const message = diagnostics.map(sentenceOf).join("; ");
  return new BuildError(finding?.code ?? "EVALUATOR_FAILED", message, { hint: first?.hint, diagnostics });
}

function sentenceOf({ path, line, column, field, message }: Diagnostic): string {
  const place = line === undefined ? path : `${path}:${line}:${column}`;
  return `${place}: ${field === undefined || field === "" ? "" : `${field} `}${message}`;
}

function diagnosticOf(finding: Finding, { path, workspaceRoot, redact }: FailureContext): Diagnostic {
  const { place, code, field, hint } = finding;
  return {
    code: code.toLowerCase().replaceAll("_", "-"),
    severity: "error",
    message: printable(redact(finding.message).slice(0, 2000)),
    ...(hint === undefined ? {} : { hint: printable(redact(hint)) }),
    ...(field === undefined ? {} : { field }),
    path: relative(workspaceRoot, place?.path ?? path).replaceAll(sep, "/"),
    ...(place === undefined ? {} : { line: place.line, column: place.column }),
  };
}

function findingsOf(reply: object, context: FailureContext): readonly Finding[] {
  const failure = (reply as { failure?: Failure }).failure;
  switch (failure?.reason) {
    case "denied":
      return [deniedFinding(failure, context)];
    case "import":
      return [importFinding(failure, context)];
    case "threw":
      return [
        {
          code: "DEFINITION_THREW",
          message: `throws ${failure.message}`,
          place: failure.place,
          hint: "fix what throws; a definition is evaluated on every build",
        },
      ];
    case "syntax":
      return [syntaxFinding(failure)];
    case "no-default":
      return [noDefaultFinding(failure.exports)];
    case "not-data":
      return failure.problems.map((problem) => notDataFinding(problem, context));
    case "too-large":
      return [
        { code: "DEFINITION_TOO_LARGE", message: "exports more than 16 MiB of data", hint: "put content into files" },
      ];
    default:
      return [{ code: "DEFINITION_EXITED", message: "does not give a result" }];
  }
}

function processFinding(ending: Exclude<Ending, { reply: unknown }>): Finding {
  if ("timedOut" in ending)
    return {
      code: "DEFINITION_TIMEOUT",
      message: "does not finish in time; it was stopped",
      hint: "look for an endless loop or a promise that never settles",
    };
  if ("oversized" in ending)
    return {
      code: "DEFINITION_TOO_LARGE",
      message: "exports more than 16 MiB of data",
      hint: "put content into files",
    };
  if ("error" in ending)
    return {
      code: "EVALUATOR_FAILED",
      message: `cannot be evaluated: the process does not start (${ending.error.message})`,
    };
  // Node's exit code for a top-level await that nothing can ever settle.
  if (ending.exitCode === 13)
    return {
      code: "DEFINITION_TIMEOUT",
      message: "waits for a promise that never settles",
      hint: "look at its top-level await",
    };
  if (/heap out of memory/i.test(ending.stderr))
    return { code: "DEFINITION_EXITED", message: "uses more than 512 MiB of memory" };
  const how = ending.signal === null ? `with exit code ${ending.exitCode}` : `by ${ending.signal}`;
  return {
    code: "DEFINITION_EXITED",
    message: `ends its process ${how}`,
    hint: "a definition must not call process.exit()",
  };
}

const actions: Readonly<Record<string, string>> = {
  read: "read outside the workspace",
  "key-file": "read a file of credentials",
  write: "write",
  process: "start or signal a process",
  thread: "start a thread",
  addon: "load native code",
  network: "use the network",
  exit: "end the process",
  module: "use a part of Node that definitions do not have",
};

function deniedFinding(
  { act, resource, place }: Refused & { readonly place: Place | undefined },
  context: FailureContext,
): Finding {
  const what =
    resource === ""
      ? ""
      : `: ${resource.startsWith(context.workspaceRoot) ? relative(context.workspaceRoot, resource) : resource}`;
  return {
    code: "DEFINITION_DENIED",
    message: `tries to ${actions[act] ?? "do what definitions may not"}${what}`,
    hint: "a definition may read its workspace and nothing more; if you trust its author, --trust-definition lifts that",
    place,
  };
}

function importFinding({ specifier, from, problem, message }: BadImport, context: FailureContext): Finding {
  const path = from === "" ? context.path : from;
  return {
    code: "DEFINITION_IMPORT",
    message: `imports "${specifier}", ${importProblem(problem, message)}`,
    hint: importHint(specifier, path, problem),
    place: placeOfText(path, specifier),
  };
}

function importProblem(problem: BadImport["problem"], message: string): string {
  if (problem === "outside") return "which lies outside the workspace";
  if (problem === "key-file") return "which is a file of credentials";
  if (problem === "not-ours") return "which the stax command does not bring along";
  return message.startsWith("Cannot find") ? "which does not exist" : `which cannot be resolved: ${message}`;
}

function importHint(specifier: string, from: string, problem: BadImport["problem"]): string | undefined {
  if (problem === "outside")
    return "move the file into the workspace, or mark the directory above both with stax.config.json";
  if (problem === "not-ours") return "check the name; other packages must be installed in the project";
  if (problem !== "missing") return undefined;
  if (!/^\.\.?\//.test(specifier)) return "install the package in the project, or correct the name";
  const found = [
    `${specifier}.ts`,
    specifier.replace(/\.m?js$/, ".ts"),
    `${specifier}/index.ts`,
    `${specifier}.js`,
    `${specifier}.json`,
  ].find((candidate) => candidate !== specifier && readable(resolve(dirname(from), candidate)));
  return found === undefined ? "create the file, or correct the path" : `write "${found}": imports name the whole file`;
}

function readable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

function placeOfText(path: string, specifier: string): Place | undefined {
  const source = sourceOf(path);
  const at = [`"${specifier}"`, `'${specifier}'`].map((quoted) => source.indexOf(quoted)).find((index) => index >= 0);
  if (at === undefined) return undefined;
  const before = source.slice(0, at).split("\n");
  return { path, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function sourceOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function syntaxFinding(failure: Extract<Failure, { reason: "syntax" }>): Finding {
  const { message, loaded } = failure;
  const place =
    failure.place ?? loaded.map((path) => syntaxErrorIn(path, sourceOf(path))).find((found) => found !== undefined);
  const unsupported = /not supported in strip-only mode/.test(message);
  return {
    code: "DEFINITION_SYNTAX",
    message: unsupported ? `${message.replace(/ in strip-only mode/, "")}: types are removed, not compiled` : message,
    hint: unsupported
      ? "use a union of strings or a plain object instead of enum, and imports instead of namespace"
      : undefined,
    place,
  };
}

function noDefaultFinding(exports: readonly string[]): Finding {
  const named = exports.length === 0 ? "" : `; it exports ${exports.slice(0, 5).join(", ")}`;
  return {
    code: "DEFINITION_NO_DEFAULT",
    message: `has no default export${named}`,
    hint: "write `export default defineAgent({ … })`",
  };
}

function notDataFinding(
  { field, what }: { readonly field: readonly (string | number)[]; readonly what: string },
  context: FailureContext,
): Finding {
  const position = modulePositions(sourceOf(context.path), context.path)(field);
  return {
    code: "DEFINITION_NOT_DATA",
    message: field.length === 0 ? `the default export is ${what}` : `holds ${what}, which JSON cannot carry`,
    field: formatField(field),
    hint:
      what === "a function" && field.length === 0
        ? "call it: export default defineAgent({ … })"
        : "use strings, finite numbers, booleans, null, lists and plain objects",
    place: position === undefined ? undefined : { path: context.path, ...position },
  };
}
