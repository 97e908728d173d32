import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const markers = ["stax.config.json", "stax.config.yaml", "stax.config.yml", ".stax", ".git"];

/**
 * findWorkspaceRoot finds the workspace around a directory without loading what builds: the nearest directory at or above it that holds
 * `stax.config.*`, `.stax/` or `.git`; else the directory itself (decision A16). The home directory, whose `.stax` is the command's own,
 * counts only for itself.
 */
export async function findWorkspaceRoot(start: string): Promise<string> {
  for (let at = start; at !== dirname(at); at = dirname(at)) {
    if (at === homedir() && at !== start) break;
    for (const marker of markers) if (await isMarker(join(at, marker))) return at;
  }
  return start;
}

async function isMarker(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && (!path.endsWith(".stax") || found.isDirectory());
}
