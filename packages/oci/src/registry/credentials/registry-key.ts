import { isDockerHub } from "../http/endpoint.ts";
import type { CredentialQuery } from "./credential.ts";

/** dockerHubKey is how Docker's files and helpers call Docker Hub. */
export const dockerHubKey = "https://index.docker.io/v1/";

/** RegistryKey is a key of a file of credentials: a host, for Podman also the beginning of a repository's name. */
interface RegistryKey {
  readonly host: string;
  readonly path: string;
}

/**
 * keyRank tells how well a key of a file fits a query: the length of its path + 1, or 0 when it is for somebody else. Hosts are compared
 * whole, paths part by part: `cr.io` is not `ghcr.io`, and `team` is not `teams`.
 */
export function keyRank(key: string, { registry, repository }: CredentialQuery): number {
  const parsed = parseKey(key);
  if (!isSameRegistry(parsed.host, registry)) return 0;
  if (parsed.path === "") return 1;
  if (repository === undefined) return 0;
  return repository === parsed.path || repository.startsWith(`${parsed.path}/`) ? parsed.path.length + 1 : 0;
}

/** bestKey is the key that fits a query best; undefined when none does. */
export function bestKey(keys: Iterable<string>, query: CredentialQuery): string | undefined {
  let best: { readonly key: string; readonly rank: number } | undefined;
  for (const key of keys) {
    const rank = keyRank(key, query);
    if (rank > (best?.rank ?? 0)) best = { key, rank };
  }
  return best?.key;
}

/** isSameRegistry compares hosts whole; Docker Hub has three names. */
export function isSameRegistry(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase() || (isDockerHub(a) && isDockerHub(b));
}

/** Docker also writes `https://host/v1/`. */
function parseKey(key: string): RegistryKey {
  const bare = key.replace(/^https?:\/\//, "").replace(/\/+$/, "");
  const slash = bare.indexOf("/");
  const host = slash < 0 ? bare : bare.slice(0, slash);
  const path = slash < 0 ? "" : bare.slice(slash + 1);
  return { host, path: path === "v1" || path === "v2" ? "" : path };
}
