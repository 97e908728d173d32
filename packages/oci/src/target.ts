import { type Digest, isDigest, parseDigest } from "./digest.ts";
import { OciError } from "./error.ts";
import { formatReference, isTag, parseReference, type Reference } from "./reference.ts";

/** Selection is what a target may say after its place: a tag or a digest. */
interface Selection {
  /** A tag; in a layout also `<name>:<tag>`. */
  readonly tag?: string;
  readonly digest?: Digest;
}

/** LocalTarget is an image layout in a directory (`oci:`) or in one file (`oci-archive:`). The path is as written: `~` is not expanded. */
export interface LocalTarget extends Selection {
  readonly kind: "layout" | "archive";
  readonly path: string;
}

/** ArtifactTarget is whatever a command takes for an artifact. */
export type ArtifactTarget =
  | { readonly kind: "registry"; readonly reference: Reference }
  | LocalTarget
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "name"; readonly name: string; readonly tag?: string };

const prefixes = { layout: "oci:", archive: "oci-archive:" } as const;
const namePattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * parseTarget parses what a user writes for an artifact, in this order: prefix `oci:` or `oci-archive:`; a path, which starts with
 * `.`, `/` or `~`; a registry reference, which contains `/`; else a bare name with an optional tag.
 * Throws `TARGET_INVALID` or `REFERENCE_INVALID`.
 */
export function parseTarget(text: string): ArtifactTarget {
  if (text.includes("\0")) throw invalid(text, "it holds a NUL character");
  if (text.startsWith(prefixes.layout)) return parseLocal("layout", text);
  if (text.startsWith(prefixes.archive)) return parseLocal("archive", text);
  if (/^[./~]/.test(text)) return { kind: "path", path: text };
  if (text.includes("/")) return { kind: "registry", reference: parseReference(text) };
  return parseName(text);
}

/** formatTarget is the inverse of {@link parseTarget}. */
export function formatTarget(target: ArtifactTarget): string {
  switch (target.kind) {
    case "registry":
      return formatReference(target.reference);
    case "layout":
    case "archive":
      return `${prefixes[target.kind]}${target.path}${selectionSuffix(target)}`;
    case "path":
      return target.path;
    case "name":
      return `${target.name}${selectionSuffix(target)}`;
  }
}

const selectionSuffix = ({ tag, digest }: Selection): string =>
  digest !== undefined ? `@${digest}` : tag !== undefined ? `:${tag}` : "";

function parseLocal(kind: LocalTarget["kind"], text: string): LocalTarget {
  const rest = text.slice(prefixes[kind].length);
  const { path, ...selection } = splitDigest(rest, text) ?? splitTag(rest);
  if (path === "")
    throw invalid(text, `it has no path after ${prefixes[kind]}`, `write ${prefixes[kind]}<path>[:<tag>]`);
  return { kind, path, ...selection };
}

/** Only `@sha256:` and `@sha512:` start a digest, so that a path may hold an `@`. */
function splitDigest(rest: string, text: string): { path: string; digest: Digest } | undefined {
  const folded = rest.toLowerCase();
  const at = Math.max(folded.lastIndexOf("@sha256:"), folded.lastIndexOf("@sha512:"));
  if (at < 0) return undefined;
  const path = rest.slice(0, at);
  const digest = rest.slice(at + 1);
  if (!isDigest(digest)) throw digestFlaw(digest, text);
  if (splitTag(path).tag !== undefined)
    throw invalid(text, "it has a tag and a digest", "leave the tag out: the digest decides");
  return { path, digest };
}

/**
 * A tag is what follows the first colon of the last path segment from which on the text is `<tag>` or `<name>:<tag>` to its end.
 * Earlier segments may hold colons; a directory whose own name holds one is written with a slash at its end.
 */
function splitTag(rest: string): { path: string; tag?: string } {
  for (let colon = rest.indexOf(":", rest.lastIndexOf("/") + 1); colon >= 0; colon = rest.indexOf(":", colon + 1)) {
    const tag = rest.slice(colon + 1);
    if (isLayoutTag(tag)) return { path: rest.slice(0, colon), tag };
  }
  return { path: rest };
}

function isLayoutTag(text: string): boolean {
  const colon = text.indexOf(":");
  return colon < 0 ? isTag(text) : namePattern.test(text.slice(0, colon)) && isTag(text.slice(colon + 1));
}

function parseName(text: string): ArtifactTarget {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  const tag = colon < 0 ? undefined : text.slice(colon + 1);
  if (name === "oci" || name === "oci-archive") {
    throw invalid(text, `"${name}" is a prefix and cannot be a name`, `write ${name}:<path>`);
  }
  if (!namePattern.test(name)) throw invalid(text, flawOfName(name), nameHint);
  if (tag !== undefined && !isTag(tag)) throw invalid(text, `"${tag}" is no tag`, "write <name>:<tag>");
  return { kind: "name", name, ...(tag !== undefined && { tag }) };
}

const nameHint =
  "write ./<dir> for a path, <registry>/<repository>:<tag> for a registry, or a name of lower-case letters, digits and dashes";

function flawOfName(name: string): string {
  if (name === "") return "it is empty";
  if (name.includes("@")) return "a bare name takes a tag, not a digest";
  if (name.includes("\\")) return "a path needs / and a start like ./";
  return `"${name}" is no name`;
}

function digestFlaw(digest: string, text: string): OciError {
  try {
    parseDigest(digest);
  } catch (cause) {
    return invalid(text, cause instanceof Error ? cause.message : String(cause));
  }
  throw new Error(`${digest} is a digest`);
}

function invalid(text: string, flaw: string, hint?: string): OciError {
  const shown = text.length > 300 ? `${text.slice(0, 300)}…` : text;
  return new OciError("TARGET_INVALID", `invalid target "${shown}": ${flaw}`, { hint });
}
