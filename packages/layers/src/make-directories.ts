import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * makeDirectories makes a directory and those above it that are missing. Node's own recursive mkdir never ends where a directory that exists
 * answers ENOENT, as /proc does. Throws what Node throws.
 */
export async function makeDirectories(path: string): Promise<void> {
  if (await isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeDirectories(parent);
  await mkdir(path).catch(async (error: unknown) => {
    // Somebody else may have made it in the meantime.
    if (!(await isDirectory(path))) throw error;
  });
}

const isDirectory = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
