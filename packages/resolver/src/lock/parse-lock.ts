import { type Diagnostic, hasErrors, isStaxError, printable } from "@stax/errors";
import { parseJson } from "@stax/layers";
import { parseReference, type Reference } from "@stax/oci";
import { checkDocument, specVersion } from "@stax/schema";
import * as z from "zod";
import { ResolveError } from "../error.ts";
import { repositoryText } from "../reference.ts";
import { formatLock } from "./format-lock.ts";
import { positionIn, positionOf } from "./json-position.ts";
import { isPathKey, type Lock, type LockEntry, lockFileName, unpinnedKey } from "./lock.ts";

const digestPattern = /^sha256:[a-f0-9]{64}$/;
const keyList = z.array(z.string().min(1, "must not be empty"));

/** lockSchema is the shape of `stax.lock`; what one entry says of another is checked by {@link parseLock}. */
export const lockSchema = z.looseObject({
  lockVersion: z.literal(1, "must be 1"),
  specVersion: z.string().default(specVersion),
  packages: z.record(
    z.string(),
    z.looseObject({
      digest: z.string().regex(digestPattern, "must be sha256:<64 hex digits>").optional(),
      dependencies: keyList,
      requested: keyList.optional(),
      resolved: z.string().optional(),
      signer: z.looseObject({ identity: z.string(), issuer: z.string().optional() }).optional(),
    }),
  ),
});

/** ParsedLock is a lock, and what is odd about it. */
export interface ParsedLock {
  readonly lock: Lock;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * parseLock reads `stax.lock` strictly. `path` is how findings name the file. Throws `LOCK_INVALID` with every finding and its line and
 * column.
 */
export function parseLock(bytes: Uint8Array, path: string = lockFileName): ParsedLock {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const canonical = parseCanonical(text);
  if (canonical !== undefined) return { lock: canonical, diagnostics: [] };
  const marker = /^(?:<{7}|={7}|>{7})(?: |$)/m.exec(text);
  if (marker !== null) throw invalid(path, [conflictMarker(text, marker.index, path)]);
  const value = parse(bytes, path);
  const diagnostics: Diagnostic[] = [];
  const report = (finding: Diagnostic) => diagnostics.push({ ...finding, path });
  const positions = (field: readonly (string | number)[]) => positionIn(text, field);
  const newer = newerVersion(value);
  if (newer !== undefined) throw invalid(path, [{ ...newer, path, ...positions(["lockVersion"]) }]);
  const lock = checkDocument(lockSchema, value, { positions, unknown: "warning", report }) as Lock | undefined; // the digest's pattern is that of the type
  for (const { field, ...finding } of lock === undefined ? [] : entryFindings(lock))
    report({ ...finding, severity: "error", field: field.join(" "), ...positions(field) });
  if (lock === undefined || hasErrors(diagnostics)) throw invalid(path, diagnostics);
  return { lock, diagnostics };
}

/**
 * A lock that is byte for byte what we write has no key twice and no field that we do not know: it is read in a fifth of the time. Anything
 * else, and any flaw, is left to the reader that knows lines and columns.
 */
function parseCanonical(text: string): Lock | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isLock(value) && formatLock(value) === text && entryFindings(value).length === 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLock(value: unknown): value is Lock {
  if (!isRecord(value) || value["lockVersion"] !== 1 || typeof value["specVersion"] !== "string") return false;
  const { packages } = value;
  return isRecord(packages) && Object.values(packages).every(isEntry);
}

function isEntry(value: unknown): value is LockEntry {
  if (!isRecord(value)) return false;
  const { digest, dependencies, requested = [], resolved = "", signer } = value;
  return (
    (digest === undefined || (typeof digest === "string" && digestPattern.test(digest))) &&
    isTextList(dependencies) &&
    isTextList(requested) &&
    typeof resolved === "string" &&
    (signer === undefined || (isRecord(signer) && typeof signer["identity"] === "string"))
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string" && item !== "");

function parse(bytes: Uint8Array, path: string): unknown {
  try {
    return parseJson(bytes, { name: path });
  } catch (cause) {
    if (!isStaxError(cause)) throw cause;
    throw new ResolveError("LOCK_INVALID", cause.message, { cause, hint: mend, details: cause.details });
  }
}

const mend = "restore it from version control, or remove it and run stax lock";

function invalid(path: string, diagnostics: readonly Diagnostic[]): ResolveError {
  const [first] = diagnostics.filter(({ severity }) => severity === "error");
  const where = first?.line === undefined ? path : `${path}:${first.line}:${first.column ?? 1}`;
  return new ResolveError("LOCK_INVALID", `${where} ${first?.message ?? "is damaged"}`, {
    diagnostics,
    hint: first?.hint ?? mend,
  });
}

function conflictMarker(text: string, offset: number, path: string): Diagnostic {
  return {
    code: "lock-conflict-marker",
    severity: "error",
    path,
    ...positionOf(text, offset),
    message: "holds the marks of a git merge conflict",
    hint: "take either side, then run stax lock: it is written anew from the definitions",
  };
}

function newerVersion(value: unknown): Diagnostic | undefined {
  const version: unknown =
    typeof value === "object" && value !== null && "lockVersion" in value ? value.lockVersion : 0;
  if (typeof version !== "number" || !Number.isInteger(version) || version <= 1) return undefined;
  return {
    code: "lock-version",
    severity: "error",
    message: `is of version ${version}; this stax knows version 1`,
    hint: "update stax",
  };
}

interface EntryFinding {
  readonly code: string;
  readonly message: string;
  readonly field: readonly (string | number)[];
  readonly hint?: string;
}

function entryFindings({ packages }: Lock): readonly EntryFinding[] {
  const keys = Object.keys(packages);
  const known = new Set([...keys, ...keys.filter((key) => key.includes("@")).map(unpinnedKey)]);
  return Object.entries(packages).flatMap(([key, entry]) => {
    const field = ["packages", key];
    const flaw = flawOf(key, entry);
    const missing = entry.dependencies.flatMap((dependency, index) =>
      known.has(dependency)
        ? []
        : [
            {
              code: "lock-dependency-missing",
              message: `"${printable(dependency)}" has no entry`,
              field: [...field, "dependencies", index],
            },
          ],
    );
    return flaw === undefined ? missing : [{ ...flaw, field }, ...missing];
  });
}

function flawOf(key: string, entry: LockEntry): Omit<EntryFinding, "field"> | undefined {
  const reference = isPathKey(key) ? undefined : referenceOf(key);
  if (isPathKey(key) ? /[\0\\]/.test(key) : reference === undefined)
    return { code: "lock-key-invalid", message: `"${printable(key)}" is neither an exact reference nor a path` };
  const message = reference === undefined ? flawOfLocal(entry) : flawOfPackage(reference, entry);
  return message === undefined ? undefined : { code: "lock-entry-invalid", message };
}

function referenceOf(key: string): Reference | undefined {
  try {
    return parseReference(key);
  } catch {
    return undefined;
  }
}

const flawOfLocal = ({ digest, resolved }: LockEntry): string | undefined =>
  digest === undefined && resolved === undefined
    ? undefined
    : "is a package of the workspace: it has no digest and no repository";

function flawOfPackage(reference: Reference, { digest, resolved }: LockEntry): string | undefined {
  if (digest === undefined) return "has no digest";
  if (reference.digest !== undefined && reference.digest !== digest) return "has another digest than its key";
  if (resolved !== undefined && resolved !== repositoryText(reference))
    return `is said to come from ${printable(resolved)}`;
  return undefined;
}
