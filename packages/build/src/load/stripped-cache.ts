import { createHash, randomUUID } from "node:crypto";
import { readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeDirectories } from "../make-directories.ts";
import { reasonAgainst } from "./child/guard-files.ts";
import { stripTypes } from "./strip-types.ts";

/** Reads a TypeScript module without its types; `undefined` where that must be left to Node. */
export type ReadStripped = (path: string) => string | undefined;

export interface StrippedCacheOptions {
  /** Where stripped modules are kept, by the digest of their source; made when needed. */
  readonly directory: string;
  readonly workspaceRoot: string;
  readonly readable: readonly string[];
}

/**
 * createStrippedCache keeps modules without their types, because loading what strips them takes as long as starting Node. The types are
 * stripped here, never by the child: a definition must not decide what another project's module is. It is asked by the child, so it reads
 * what definitions may read and nothing else. A cache that cannot be written, or was damaged, costs time only.
 */
export function createStrippedCache({ directory, ...rules }: StrippedCacheOptions): ReadStripped {
  return (asked) => {
    try {
      if (!/\.m?ts$/.test(asked) || reasonAgainst(asked, rules) !== undefined) return undefined;
      const source = readFileSync(realpathSync(asked), "utf8");
      const path = join(directory, `${digestOf(`${process.versions.node}\n${source}`)}.js`);
      return readEntry(path) ?? writeEntry(directory, path, stripTypes(source, asked));
    } catch {
      return undefined; // what cannot be read or stripped, Node reports better
    }
  };
}

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

// The first line is the digest of the rest.
function readEntry(path: string): string | undefined {
  try {
    const entry = readFileSync(path, "utf8");
    const code = entry.slice(65);
    return entry.slice(0, 64) === digestOf(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

function writeEntry(directory: string, path: string, code: string): string {
  const temporary = `${path}.${randomUUID()}`;
  try {
    makeDirectories(directory, [], 0o700);
    writeFileSync(temporary, `${digestOf(code)}\n${code}`, { mode: 0o600, flag: "wx" });
    renameSync(temporary, path);
  } catch {
    rmSync(temporary, { force: true });
  }
  return code;
}
