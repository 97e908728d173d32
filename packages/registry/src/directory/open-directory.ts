import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isLayout, makeDirectories } from "@stax/oci";
import { RegistryError } from "../error.ts";
import type { Storage } from "../storage.ts";
import { codeOf } from "./regular-file.ts";
import { RepositoryDirectories } from "./repository-directories.ts";
import { SharedLayout } from "./shared-layout.ts";

/** DirectoryOptions say what may be made. */
export interface DirectoryOptions {
  /** Make the directory where there is none. */
  readonly create?: boolean | undefined;
}

/**
 * openDirectory keeps a registry in a directory. An image layout is served as it is: its entry `team/agent:1.0.0` is the tag `1.0.0`
 * of the repository `team/agent`, and what is pushed becomes such an entry. Any other directory gets one layout a repository below it.
 * Throws `STORAGE_INVALID` and what `LayoutStore.open` throws.
 */
export async function openDirectory(path: string, options: DirectoryOptions = {}): Promise<Storage> {
  const root = resolve(path);
  if (options.create === true) await inStorage(root, () => makeDirectories(root));
  const stats = await inStorage(root, () => stat(root));
  if (!stats.isDirectory()) throw invalid(root, "it is no directory");
  return (await isLayout(root)) ? SharedLayout.open(root) : new RepositoryDirectories(root);
}

async function inStorage<T>(root: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    const code = codeOf(error) ?? "no code";
    throw invalid(root, reasons[code] ?? `the file system refused (${code})`, error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is none",
  EEXIST: "it is no directory",
  ENOTDIR: "it does not lie in a directory",
  EACCES: "permission denied",
};

const invalid = (root: string, flaw: string, cause?: unknown): RegistryError =>
  new RegistryError("STORAGE_INVALID", `${root} cannot hold a registry: ${flaw}`, {
    hint: "name an image layout, or a directory for one layout a repository",
    cause,
  });
