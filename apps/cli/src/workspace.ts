import { statSync } from "node:fs";
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
    if (await isWorkspace(at)) return at;
  }
  return start;
}

/** isWorkspace tells whether a directory is marked as a workspace of its own. */
export async function isWorkspace(directory: string): Promise<boolean> {
  return markers.some((marker) => isMarker(join(directory, marker)));
}

// Synchronous: every command looks for a dozen files before it does anything, and waiting for each takes longer than looking.
function isMarker(path: string): boolean {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found !== undefined && (!path.endsWith(".stax") || found.isDirectory());
  } catch {
    return false;
  }
}
