import { type Digest, isDigest, parseDigest } from "./digest.ts";
import { OciError } from "./error.ts";

/** Repository names a repository of a registry. */
export interface RepositoryName {
  /** Host and port: `ghcr.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  readonly repository: string;
}

/** Reference is `registry/repository:tag@digest`; of tag and digest at least one is there, and the digest decides. */
export interface Reference extends RepositoryName {
  readonly tag?: string;
  readonly digest?: Digest;
}

// Distribution specification, "Pulling manifests": <name> and <reference>.
const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const hostPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:.]{2,45}\\])(?::([0-9]{1,5}))?$`);

/** isTag tells whether text is a tag of the distribution specification. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** isRepositoryName tells whether text is a repository's name without its registry. */
export function isRepositoryName(text: string): boolean {
  return repositoryPattern.test(text);
}

/** parseReference parses `registry/repository:tag@digest` strictly. Throws `REFERENCE_INVALID` that says what to write instead. */
export function parseReference(text: string): Reference {
  const { name, tag, digest } = split(text);
  const repository = nameIn(name, text);
  if (tag !== undefined && !isTag(tag)) {
    throw invalid(
      text,
      `"${tag}" is no tag`,
      "a tag has up to 128 letters, digits, _, . and -, and starts with none of . and -",
    );
  }
  if (tag === undefined && digest === undefined) {
    throw invalid(text, "it has neither a tag nor a digest", `write ${text}:<tag> or ${text}@sha256:<hex>`);
  }
  return {
    ...repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest: digestIn(digest, text) }),
  };
}

/** formatReference is the inverse of {@link parseReference}. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** parseRepositoryName parses `registry/repository` without tag and digest. Throws `REFERENCE_INVALID`. */
export function parseRepositoryName(text: string): RepositoryName {
  const { name, tag, digest } = split(text);
  if (tag !== undefined || digest !== undefined) {
    throw invalid(text, "only a repository is wanted here", `write ${name}`);
  }
  return nameIn(name, text);
}

/** formatRepositoryName is the inverse of {@link parseRepositoryName}. */
export function formatRepositoryName({ registry, repository }: RepositoryName): string {
  return `${registry}/${repository}`;
}

/** selectorOf is what a store resolves: the digest where there is one, else the tag. */
export function selectorOf(reference: { readonly tag?: string; readonly digest?: Digest }): string | undefined {
  return reference.digest ?? reference.tag;
}

function split(text: string): { name: string; tag: string | undefined; digest: string | undefined } {
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const rest = at < 0 ? text : text.slice(0, at);
  const colon = rest.indexOf(":", rest.lastIndexOf("/") + 1);
  // Without a slash the colon may belong to a port, and there is no repository anyway.
  if (colon < 0 || !rest.includes("/")) return { name: rest, tag: undefined, digest };
  return { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest };
}

function nameIn(name: string, text: string): RepositoryName {
  const slash = name.indexOf("/");
  const registry = slash < 0 ? name : name.slice(0, slash);
  const repository = slash < 0 ? "" : name.slice(slash + 1);
  if (text.includes("://")) throw invalid(text, "it is a URL", `leave out ${text.slice(0, text.indexOf("://") + 3)}`);
  if (slash < 0) throw invalid(text, "it has no repository", "write <registry>/<repository>:<tag>");
  if (!looksLikeHost(registry)) {
    throw invalid(
      text,
      `its first part "${registry}" is no host name, and no registry is assumed`,
      `write the registry out, e.g. docker.io/${text.replace(/\/{2,}/g, "/")}`,
    );
  }
  if (!isHost(registry)) throw invalid(text, `"${registry}" is no host name with an optional port`);
  if (repository === "") throw invalid(text, "it has no repository", "write <registry>/<repository>:<tag>");
  if (!isRepositoryName(repository))
    throw invalid(text, `"${repository}" is no repository name`, repositoryHint(repository));
  if (name.length > 255) throw invalid(text, "registry and repository have more than 255 characters");
  return { registry, repository };
}

/** A name without dot, port and brackets is a folder of Docker Hub to other tools, so it is not taken for a host here. */
const looksLikeHost = (text: string): boolean => /[.:[]/.test(text) || text === "localhost";

function isHost(text: string): boolean {
  const match = hostPattern.exec(text);
  if (match === null) return false;
  const port = match[1];
  return port === undefined || (Number(port) > 0 && Number(port) < 65536);
}

function repositoryHint(repository: string): string {
  const lower = repository.toLowerCase();
  if (lower !== repository && isRepositoryName(lower)) return `repository names are lower case: ${lower}`;
  return "each part has lower-case letters and digits, separated by one of . _ __ or dashes";
}

function digestIn(digest: string, text: string): Digest {
  if (isDigest(digest)) return digest;
  try {
    return parseDigest(digest);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new OciError("REFERENCE_INVALID", `invalid reference "${text}": ${message}`, { cause });
  }
}

function invalid(text: string, flaw: string, hint?: string): OciError {
  const shown = text.length > 300 ? `${text.slice(0, 300)}…` : text;
  return new OciError("REFERENCE_INVALID", `invalid reference "${shown}": ${flaw}`, { hint });
}
