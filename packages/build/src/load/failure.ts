import { formatField } from "@stax/schema";
import type { BuildError } from "../error.ts";
import type { Failure, Place, Refused } from "./child/protocol.ts";
import { nameOf } from "./contained-path.ts";
import type { Ending } from "./evaluator-process.ts";
import { errorFrom, type Finding, type FindingContext } from "./finding.ts";
import { importFinding, placeOfText, sourceOf } from "./import-finding.ts";
import { modulePositions, syntaxErrorIn } from "./positions.ts";

/** errorOf makes the error for an evaluation that gave no value. */
export function errorOf(ending: Ending, context: FindingContext): BuildError {
  return errorFrom("reply" in ending ? replyFindings(ending.reply, context) : [endingFinding(ending)], context);
}

function replyFindings(reply: object, context: FindingContext): readonly Finding[] {
  const { failure } = reply as { readonly failure?: Failure }; // a reply without a value
  switch (failure?.reason) {
    case "denied":
      return [deniedFinding(failure, context)];
    case "import":
      return [importFinding(failure, context.path)];
    case "threw":
      return threwFindings(failure);
    case "syntax":
      return [syntaxFinding(failure)];
    case "no-default":
      return [noDefaultFinding(failure.exports)];
    case "not-data":
      return failure.problems.map((problem) => notDataFinding(problem, context));
    case "too-large":
      return [tooLarge];
    case undefined:
      return [{ code: "DEFINITION_EXITED", message: "gives no result" }];
  }
}

function threwFindings({ message, place, hint, found }: Extract<Failure, { reason: "threw" }>): readonly Finding[] {
  const code = "DEFINITION_THREW";
  const one = (text: string, advice: string): Finding => ({
    code,
    message: `throws ${text}`,
    hint: advice === "" ? undefined : advice,
    place,
  });
  if (found.length === 0) return [one(message, hint)];
  // The field is one of what was called, not of the definition: it belongs to the message.
  return found.map(({ field, message: what, hint: advice }) =>
    one(`${message}: ${field === "" || what.includes(`"${field}"`) ? "" : `${field}: `}${what}`, advice),
  );
}

const tooLarge: Finding = {
  code: "DEFINITION_TOO_LARGE",
  message: "exports more than 16 MiB of data",
  hint: "put content into files",
};

function endingFinding(ending: Exclude<Ending, { reply: unknown }>): Finding {
  if ("timedOut" in ending) return timeout("does not finish in time; it was stopped", "look for an endless loop");
  if ("oversized" in ending) return tooLarge;
  if ("error" in ending) return notStarted(ending.error.message);
  const { exitCode, signal, stderr, started } = ending;
  if (!started) return notStarted(firstErrorIn(stderr) ?? `it ends ${endOf(exitCode, signal)}`);
  // Node's exit code for a top-level await that nothing can settle.
  if (exitCode === 13) return timeout("waits for a promise that never settles", "look at its top-level await");
  const outOfMemory = /heap out of memory/i.test(stderr);
  return {
    code: "DEFINITION_EXITED",
    message: outOfMemory ? "uses more than 512 MiB of memory" : `ends its process ${endOf(exitCode, signal)}`,
    hint: outOfMemory ? "look for an endless list" : "look for process.exit()",
  };
}

const timeout = (message: string, hint: string): Finding => ({ code: "DEFINITION_TIMEOUT", message, hint });

const notStarted = (why: string): Finding => ({
  code: "EVALUATOR_FAILED",
  message: `cannot be evaluated: the process for it does not start: ${why}`,
});

const endOf = (exitCode: number | null, signal: string | null): string =>
  signal === null ? `with exit code ${exitCode}` : `by ${signal}`;

const firstErrorIn = (stderr: string): string | undefined => /^.*(?:Error|bad option).*$/m.exec(stderr)?.[0];

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
  { act, resource, place, importedBy }: Refused & { readonly place: Place | undefined },
  { workspaceRoot }: FindingContext,
): Finding {
  const shown = resource.startsWith(workspaceRoot) ? nameOf(resource, workspaceRoot) : resource;
  return {
    code: "DEFINITION_DENIED",
    message: `tries to ${actions[act] ?? "do what definitions may not"}${shown === "" ? "" : `: ${shown}`}`,
    hint: "a definition may read its workspace and nothing more; if you trust its author, --trust-definition lifts that",
    place: place ?? (importedBy && placeOfText(importedBy.from, importedBy.specifier)),
  };
}

function syntaxFinding({ message, place, loaded }: Extract<Failure, { reason: "syntax" }>): Finding {
  const unsupported = /not supported in strip-only mode/.test(message);
  return {
    code: "DEFINITION_SYNTAX",
    message: unsupported ? `${message.replace(" in strip-only mode", "")}: types are removed, not compiled` : message,
    hint: unsupported
      ? "use a union of strings or a plain object for an enum, a module for a namespace, plain fields for parameter properties"
      : undefined,
    place: place ?? firstSyntaxError(loaded),
  };
}

// A syntax error in JavaScript does not say where it is.
function firstSyntaxError(loaded: readonly string[]): Place | undefined {
  for (const path of loaded) {
    const place = syntaxErrorIn(path, sourceOf(path));
    if (place !== undefined) return place;
  }
  return undefined;
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
  { path }: FindingContext,
): Finding {
  const position = modulePositions(sourceOf(path), path)(field);
  const whole = field.length === 0;
  return {
    code: "DEFINITION_NOT_DATA",
    message: whole ? `the default export is ${what}` : `holds ${what}, which JSON cannot carry`,
    field: formatField(field),
    hint:
      whole && what === "a function"
        ? "call it: export default defineAgent({ … })"
        : "use strings, finite numbers, booleans, null, lists and plain objects",
    place: position === undefined ? undefined : { path, ...position },
  };
}
