import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatLock, lockFileName, lockOf, nodesOf } from "@stax/resolver";
import type { ProjectGraph } from "./project-graph.ts";

/**
 * writeLock writes `stax.lock` into the root of the workspace, whole or not at all; a lock that says the same is left alone, and none is made
 * for projects without packages. Gives whether it was written.
 */
export function writeLock({ graph, workspaceRoot, lock }: ProjectGraph, complete = false): boolean {
  if (lock === undefined && nodesOf(graph.roots).length === 0) return false;
  const text = formatLock(lockOf(graph, { previous: lock, complete }));
  const path = join(workspaceRoot, lockFileName);
  if (lock !== undefined && readFileSync(path, "utf8") === text) return false;
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    renameSync(temporary, path);
    return true;
  } finally {
    rmSync(temporary, { force: true });
  }
}
