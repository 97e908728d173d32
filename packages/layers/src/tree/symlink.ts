import { type BigIntStats, lstatSync, readlinkSync, realpathSync } from "node:fs";
import { relative, sep } from "node:path";
import { printable } from "@stax/errors";
import type { DiagnosticCode } from "../error.ts";
import { isNeverPacked, isWithin } from "./ignore-rules.ts";

/** LinkTarget is what a symlink leads to in the end. */
export interface LinkTarget {
  readonly real: string;
  readonly stats: BigIntStats;
  /** Relative to the project, `/`-separated. */
  readonly shown: string;
}

/** LinkProblem is why a symlink cannot be flattened. */
export interface LinkProblem {
  readonly problem: DiagnosticCode;
  readonly message: string;
}

/** resolveLink follows a symlink to the end and judges where it leads: into one of the containers (real paths), to a file or directory. */
export function resolveLink(link: string, containers: readonly string[]): LinkTarget | LinkProblem {
  const real = follow(link);
  if (typeof real !== "string") return real;
  const container = containers.find((directory) => isWithin(directory, real));
  if (container === undefined)
    return { problem: "symlink-outside", message: "is a symlink that leads out of the project" };
  const shown = relative(container, real).split(sep).join("/");
  if (isNeverPacked(shown))
    return { problem: "symlink-outside", message: `is a symlink into ${printable(shown)}, which is never packed` };
  const stats = lstatSync(real, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return dangling(link);
  if (!stats.isFile() && !stats.isDirectory())
    return { problem: "file-type", message: "is a symlink to something that is no file and no directory" };
  return { real, stats, shown };
}

function follow(link: string): string | LinkProblem {
  try {
    return realpathSync.native(link);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ELOOP") return { problem: "symlink-cycle", message: "is a symlink in a circle of symlinks" };
    if (code === "ENOENT" || code === "ENOTDIR") return dangling(link);
    return { problem: "file-unreadable", message: `is a symlink that cannot be followed: ${String(code)}` };
  }
}

function dangling(link: string): LinkProblem {
  return {
    problem: "symlink-dangling",
    message: `is a symlink to "${printable(readlinkSync(link))}", which does not exist`,
  };
}
