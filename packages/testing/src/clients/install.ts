import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type ClientName, clientPackages } from "./packages.ts";

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "stax-clients");

/** Place is where a client is, or belongs. */
export interface Place {
  readonly directory: string;
  readonly binary: string;
  readonly isThere: boolean;
}

/** placeOf gives the place of a client: in the user's cache, by version, outside the repository. */
export function placeOf(wanted: ClientName): Place {
  const { name, version, binary } = clientPackages[wanted];
  const directory = join(cache, `${name}@${version}`);
  const path = join(directory, "node_modules", binary.replaceAll("{arch}", process.arch));
  return { directory, binary: path, isThere: existsSync(path) };
}

/** missingClient says why there is no client, for the name of a skipped test. */
export function missingClient(wanted: ClientName): string {
  const { package: name, version } = clientPackages[wanted];
  return `${name}@${version} is not in ${cache}; pnpm test:runtimes installs it`;
}

/** installClient gets a client from the npm registry unless it is there. Without effect, and with the reason, where that fails. */
export function installClient(wanted: ClientName): string | undefined {
  const place = placeOf(wanted);
  if (place.isThere) return undefined;
  const { name, package: specifier, version } = clientPackages[wanted];
  mkdirSync(cache, { recursive: true });
  // Elsewhere first: what is interrupted must not look installed.
  const scratch = mkdtempSync(join(cache, `.${name}-`));
  try {
    writeFileSync(join(scratch, "package.json"), '{ "private": true }\n');
    const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", `${specifier}@${version}`];
    execFileSync("npm", args, {
      cwd: scratch,
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      timeout: 600_000,
    });
    rmSync(place.directory, { recursive: true, force: true });
    renameSync(scratch, place.directory);
    return placeOf(wanted).isThere
      ? undefined
      : `${specifier}@${version} has no client for ${process.platform} ${process.arch}`;
  } catch (error) {
    return `npm could not install ${specifier}@${version}: ${String(error).split("\n").slice(0, 3).join(" ")}`;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
