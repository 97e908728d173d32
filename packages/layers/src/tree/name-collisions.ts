import { printable } from "@stax/errors";
import { normalPath } from "../archive/entry-path.ts";
import type { Findings } from "./findings.ts";

/**
 * withoutCollisions leaves out files whose names another file or directory has too, once normalised (an error), and reports names that
 * differ in case only (decision A11). Expects sorted files.
 */
export function withoutCollisions<File extends { readonly path: string }>(
  files: readonly File[],
  findings: Findings,
  portable = false,
): readonly File[] {
  const names = new Names(findings, portable ? "error" : "warning");
  return files.filter(({ path }) => names.takeParents(path) && names.take(path));
}

class Names {
  readonly #findings: Findings;
  readonly #severity: "error" | "warning";
  /** By folded name: the first spelling. */
  readonly #spellings = new Map<string, string>();
  readonly #accepted = new Map<string, boolean>();
  /** Folded names that were reported: what lies below them need not be. */
  readonly #reported = new Set<string>();

  constructor(findings: Findings, severity: "error" | "warning") {
    this.#findings = findings;
    this.#severity = severity;
  }

  /** takeParents takes the directories of a path, each once. */
  takeParents(path: string): boolean {
    const end = path.lastIndexOf("/");
    if (end < 0) return true;
    const directory = path.slice(0, end);
    const known = this.#accepted.get(directory);
    if (known !== undefined) return known;
    const accepted = this.takeParents(directory) && this.take(directory);
    this.#accepted.set(directory, accepted);
    return accepted;
  }

  /** take takes one name; `false` where it may not stand beside another. */
  take(path: string): boolean {
    const normal = normalPath(path);
    const folded = normal.toLowerCase();
    const other = this.#spellings.get(folded);
    if (other === undefined) {
      this.#spellings.set(folded, path);
      return true;
    }
    if (normalPath(other) === normal) {
      this.#findings.add("path-duplicate", "error", path, `is the same name as "${printable(other)}" in Unicode NFC`, {
        hint: "rename one of them",
      });
      return false;
    }
    this.#reportCase(path, folded, other);
    return true;
  }

  #reportCase(path: string, folded: string, other: string): void {
    const parent = folded.slice(0, Math.max(0, folded.lastIndexOf("/")));
    const below = this.#reported.has(parent);
    this.#reported.add(folded);
    if (below) return;
    this.#findings.add(
      "path-case",
      this.#severity,
      path,
      `differs from "${printable(other)}" in upper and lower case only: one replaces the other on some file systems`,
      { hint: "rename one of them" },
    );
  }
}
