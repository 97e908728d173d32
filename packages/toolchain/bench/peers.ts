import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";

/** PeerPackage is a program on npm that we compare with, pinned. */
export interface PeerPackage {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  /** Its script, below `node_modules`. */
  readonly script: string;
}

/** Peer is one that is installed, or the reason why it is not. */
export type Peer =
  | { readonly name: string; readonly version: string; readonly script: string }
  | { readonly skipped: string };

/** peersDirectory is where peers are kept by version: outside the repository, so that each is fetched once. */
export const peersDirectory = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "stax-peers");

/** findPeer finds a peer in the user's cache, or has npm put it there. Install scripts do not run. */
export function findPeer({ name, package: wanted, version, script }: PeerPackage, directory = peersDirectory()): Peer {
  const home = join(directory, `${name}@${version}`);
  const found = { name, version, script: join(home, "node_modules", script) };
  if (existsSync(found.script)) return found;
  try {
    install(home, `${wanted}@${version}`);
  } catch (cause) {
    const [reason = ""] = String(cause instanceof Error ? cause.message : cause).split("\n");
    return { skipped: `${wanted}@${version} cannot be installed into ${directory}: ${reason}` };
  }
  return existsSync(found.script) ? found : { skipped: `${wanted}@${version} has no ${script}` };
}

// Into a directory beside it, which takes the name once it is whole: an install that is interrupted leaves nothing to be found.
function install(home: string, wanted: string): void {
  mkdirSync(dirname(home), { recursive: true });
  const scratch = mkdtempSync(`${home}-`);
  try {
    writeFileSync(join(scratch, "package.json"), '{ "private": true }\n');
    const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", wanted];
    execFileSync("npm", args, { cwd: scratch, stdio: "ignore", timeout: 300_000 });
    rmSync(home, { recursive: true, force: true });
    renameSync(scratch, home);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
