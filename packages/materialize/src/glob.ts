import type { Context } from "./contract.ts";

/** PortableGlobs are patterns that runtimes with different glob libraries read alike. */
export interface PortableGlobs {
  readonly globs: readonly string[];
  /** Why a pattern could not be written. */
  readonly problems: readonly string[];
}

/**
 * portableGlobs rewrites gitignore patterns so that they mean the same where "*.ts" is one directory's files: a pattern without "/" in it
 * matches at any depth, a directory all that is in it. Negated patterns have no equivalent and are dropped (decision B15).
 */
export function portableGlobs(patterns: readonly string[]): PortableGlobs {
  const globs = new Set<string>();
  const problems: string[] = [];
  for (const pattern of patterns) {
    if (pattern.startsWith("!"))
      problems.push(`the negated pattern ${JSON.stringify(pattern)} has no equivalent and is dropped`);
    else for (const glob of expand(pattern)) globs.add(glob);
  }
  return { globs: [...globs], problems };
}

/**
 * ruleGlobs writes a rule's patterns for a runtime that may match a pattern without "/" at any depth, as editors do: one for the root alone
 * is then written for every directory. What is dropped or widened is reported.
 */
export function ruleGlobs(patterns: readonly string[], item: Context): readonly string[] {
  const { globs, problems } = portableGlobs(patterns.map((pattern) => pattern.replace(/^\/(?=[^/]+$)/, "")));
  for (const problem of problems) item.lose("globs", problem, { code: "rule-globs" });
  for (const pattern of patterns.filter((one) => /^\/[^/]+$/.test(one)))
    item.lose(
      "globs",
      `the pattern ${JSON.stringify(pattern)} is written for every directory, not for the root alone`,
      {
        code: "rule-globs",
        fidelity: "translated",
      },
    );
  return globs;
}

function expand(pattern: string): readonly string[] {
  const directory = pattern.endsWith("/");
  const plain = pattern.replace(/^\//, "").replace(/\/+$/, "");
  if (plain === "") return [];
  const anchored = pattern.slice(0, -1).includes("/");
  const base = anchored ? plain : `**/${plain}`;
  if (directory) return [`${base}/**`];
  // A last part with a wildcard or an extension names files; a bare name may be a file or a directory.
  const last = plain.slice(plain.lastIndexOf("/") + 1);
  return /[*?[\]{}]|\.[A-Za-z0-9]+$/.test(last) ? [base] : [base, `${base}/**`];
}

/** matchesGitignore tells whether a path (relative, "/"-separated) is matched by gitignore patterns: the last one that matches decides. */
export function matchesGitignore(patterns: readonly string[], path: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    if (matchesOne(negated ? pattern.slice(1) : pattern, path)) matched = !negated;
  }
  return matched;
}

function matchesOne(pattern: string, path: string): boolean {
  const directory = pattern.endsWith("/");
  const plain = pattern.replace(/\/+$/, "");
  if (plain === "" || pattern.startsWith("#")) return false;
  const anchored = plain.includes("/");
  const source = sourceOf(plain.replace(/^\//, ""));
  const regex = new RegExp(`^${anchored ? "" : "(?:.*/)?"}${source}${directory ? "/.+" : "(?:/.*)?"}$`, "su");
  return regex.test(path);
}

const token = /\\(.)|\*\*\/|\/\*\*$|\*\*|\*|\?|\[(!|\^)?((?:\\.|[^\]\\])+)\]|([\s\S])/gu;

function sourceOf(pattern: string): string {
  return pattern.replace(token, (whole: string, escaped?: string, not?: string, set?: string, other?: string) => {
    if (escaped !== undefined) return literal(escaped);
    if (set !== undefined) return `[${not === undefined ? "" : "^/"}${set.replace(/[[\]^]/g, "\\$&")}]`;
    if (other !== undefined) return literal(other);
    if (whole === "**/") return "(?:.*/)?";
    if (whole === "/**") return "/.+";
    if (whole === "**") return "[^/]*";
    return whole === "*" ? "[^/]*" : "[^/]";
  });
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
