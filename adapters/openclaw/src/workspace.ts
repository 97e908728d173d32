import type { PathByScope, Scope } from "@stax/materialize";
import type { OpenclawOptions } from "./options.ts";

const userWorkspace = ".openclaw/workspace";

/** workspaceOf is the directory of the workspace below the output root; "" for the root itself. */
export function workspaceOf({ workspaceRoot }: Pick<OpenclawOptions, "workspaceRoot">, scope: Scope): string {
  if (workspaceRoot === undefined) return scope === "user" ? userWorkspace : "";
  if (workspaceRoot.startsWith("~/")) return scope === "user" ? workspaceRoot.slice(2) : "";
  return workspaceRoot;
}

/** inWorkspace is a path of the workspace below the output root. */
export const inWorkspace = (options: Pick<OpenclawOptions, "workspaceRoot">, scope: Scope, path: string): string => {
  const workspace = workspaceOf(options, scope);
  return workspace === "" ? path : `${workspace}/${path}`;
};

/** placed claims a path or glob of the workspace in both scopes. */
export const placed =
  (path: string) =>
  (options: OpenclawOptions): PathByScope => ({
    project: inWorkspace(options, "project", path),
    user: inWorkspace(options, "user", path),
  });

/** placedWhenOld claims a file that OpenClaw read until it was retired. */
export const placedWhenOld =
  (path: string) =>
  (options: OpenclawOptions): PathByScope =>
    readsRetiredFiles(options) ? placed(path)(options) : {};

/**
 * readsRetiredFiles tells whether the workspace's OpenClaw still reads TOOLS.md and HEARTBEAT.md. Upstream took the last reader of
 * HEARTBEAT.md out in July 2026; 2026.9.6 reads neither.
 */
export function readsRetiredFiles({ runtimeVersion }: OpenclawOptions): boolean {
  if (runtimeVersion === undefined) return false;
  const [year = 0, month = 0] = runtimeVersion.split(".").map((part) => Number.parseInt(part, 10));
  return year < 2026 || (year === 2026 && month < 8);
}
