import { isRepositoryName, OciError, parseRepositoryName, type RepositoryName } from "@stax/oci";
import { ResolveError } from "../error.ts";
import { repositoryText } from "../reference.ts";

/**
 * MirrorMap sends repositories elsewhere without touching digests: `"ghcr.io/acme/*": "registry.corp/ghcr/*"`. The `*` stands for the rest
 * of the path; a target that is a registry alone keeps the path. The most specific pattern counts. What the mirror has not got is looked for
 * where the reference says, unless the target is `{ location, only: true }`.
 */
export type MirrorMap = Readonly<Record<string, string | MirrorTarget>>;

/** MirrorTarget is a target of a mirror map in full. */
export interface MirrorTarget {
  readonly location: string;
  /** Nothing is looked for elsewhere. */
  readonly only?: boolean | undefined;
}

/** Mirror is where else a repository may be. */
export interface Mirror {
  readonly name: RepositoryName;
  readonly only: boolean;
}

/** Mirrors finds the mirror of a repository. */
export type Mirrors = (name: RepositoryName) => Mirror | undefined;

/** placesOf lists where a repository is looked for, first to last: at its mirror, and where its name says. */
export function placesOf(name: RepositoryName, mirrors: Mirrors): readonly RepositoryName[] {
  const mirror = mirrors(name);
  if (mirror === undefined) return [name];
  return mirror.only ? [mirror.name] : [mirror.name, name];
}

interface Rule {
  /** Without the `*`. */
  readonly prefix: string;
  readonly open: boolean;
  readonly only: boolean;
  readonly target: (rest: string, name: RepositoryName) => string;
}

/**
 * placeFailure tells a failure with the names that the user knows: whose mirror fails, or that the mirror had nothing before the origin
 * failed. Without a mirror, and where the error is no {@link OciError}, it stays as it is.
 */
export function placeFailure(error: unknown, name: RepositoryName, place: RepositoryName, mirrors: Mirrors): unknown {
  const mirror = mirrors(name);
  if (!(error instanceof OciError) || mirror === undefined) return error;
  const { category, cause, diagnostics, details, hint } = error;
  const code = error.code.slice("ERR_STAX_".length) as ConstructorParameters<typeof OciError>[0]; // an OciError has one of them
  const message =
    repositoryText(place) === repositoryText(mirror.name)
      ? `the mirror of ${repositoryText(name)} fails: ${error.message}`
      : `${error.message}; and its mirror ${repositoryText(mirror.name)} has not got it`;
  const where = "the mirror map is in stax.config (stax config shows it)";
  const full = hint === undefined ? where : `${hint}; ${where}`;
  return new OciError(code, message, { category, cause, diagnostics, details, hint: full });
}

/** createMirrors checks a mirror map and returns its lookup. Throws `MIRROR_INVALID`. */
export function createMirrors(map: MirrorMap = {}): Mirrors {
  const rules = Object.entries(map)
    .map(([pattern, target]) => {
      const { location, only = false } = typeof target === "string" ? { location: target } : target;
      return { ...parseRule(pattern, location), only };
    })
    .sort((a, b) => b.prefix.length - a.prefix.length || Number(a.open) - Number(b.open));
  return (name) => {
    const text = repositoryText(name);
    const rule = rules.find(({ prefix, open }) =>
      open ? text.startsWith(prefix) && text !== prefix : text === prefix,
    );
    if (rule === undefined) return undefined;
    const mirror = parseRepositoryName(rule.target(text.slice(rule.prefix.length), name));
    return repositoryText(mirror) === text ? undefined : { name: mirror, only: rule.only };
  };
}

function parseRule(pattern: string, target: string): Omit<Rule, "only"> {
  const open = pattern.endsWith("/*") || !pattern.includes("/");
  const prefix = pattern.endsWith("/*") ? pattern.slice(0, -1) : open ? `${pattern}/` : pattern;
  const stars = (text: string) => text.split("*").length - 1;
  if (stars(pattern) > (pattern.endsWith("/*") ? 1 : 0))
    throw invalid(pattern, "a * may only stand at the end, after a /");
  check(open ? `${prefix}x` : prefix, pattern, "the pattern");
  if (!target.includes("/")) {
    check(`${target}/x`, pattern, "the target");
    return { prefix, open, target: (_rest, { repository }) => `${target}/${repository}` };
  }
  if (!open && stars(target) > 0) throw invalid(pattern, "the target has a * and the pattern has none");
  if (stars(target) > 1 || (stars(target) === 1 && !target.endsWith("/*")))
    throw invalid(pattern, "a * in the target may only stand at its end, after a /");
  const base = target.endsWith("/*") ? target.slice(0, -1) : open ? `${target}/` : target;
  check(open ? `${base}x` : base, pattern, "the target");
  return { prefix, open, target: (rest) => `${base}${rest}` };
}

function check(name: string, pattern: string, what: string): void {
  try {
    const { repository } = parseRepositoryName(name);
    if (isRepositoryName(repository)) return;
  } catch (cause) {
    throw invalid(pattern, `${what} is no registry/path`, cause);
  }
  throw invalid(pattern, `${what} is no registry/path`);
}

const invalid = (pattern: string, flaw: string, cause?: unknown): ResolveError =>
  new ResolveError("MIRROR_INVALID", `the mirror of "${pattern}": ${flaw}`, {
    cause,
    hint: 'write e.g. "ghcr.io/acme/*": "registry.corp.example/acme/*"',
  });
