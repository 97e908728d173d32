import { compareBytes, specVersion } from "@stax/schema";
import type { Lock, LockEntry } from "./lock.ts";

/**
 * formatLock writes a lock: keys in byte order, one value a line, so that branches that add different packages merge in git. The same lock
 * gives the same bytes.
 */
export function formatLock(lock: Lock): string {
  const packages = Object.entries(lock.packages).sort(([a], [b]) => compareBytes(a, b));
  const sorted = {
    lockVersion: lock.lockVersion,
    packages: Object.fromEntries(packages.map(([key, entry]) => [key, sortedEntry(entry)])),
    specVersion: lock.specVersion,
  };
  return `${JSON.stringify(sorted, null, 2)}\n`;
}

/** emptyLock is the lock of a workspace without packages. */
export const emptyLock: Lock = { lockVersion: 1, specVersion, packages: {} };

function sortedEntry({ dependencies, digest, requested, resolved, signer }: LockEntry): LockEntry {
  return {
    dependencies,
    ...(digest === undefined ? {} : { digest }),
    ...(requested === undefined ? {} : { requested: [...new Set(requested)].sort(compareBytes) }),
    ...(resolved === undefined ? {} : { resolved }),
    ...(signer === undefined ? {} : { signer: sortedSigner(signer) }),
  };
}

const sortedSigner = ({ identity, issuer }: NonNullable<LockEntry["signer"]>) => ({
  identity,
  ...(issuer === undefined ? {} : { issuer }),
});
