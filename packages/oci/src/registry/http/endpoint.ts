import type { RepositoryName } from "../../reference.ts";
import { isLoopback } from "./address.ts";

/** Endpoint is where a registry's API is. */
export interface Endpoint {
  /** The registry as references name it, e.g. `docker.io`. */
  readonly registry: string;
  /** E.g. `https://registry-1.docker.io/`. */
  readonly base: URL;
}

/** Docker Hub under every name that it has had; compared whole. */
const dockerHubNames: ReadonlySet<string> = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/** isDockerHub tells whether a registry is Docker Hub. */
export function isDockerHub(registry: string): boolean {
  return dockerHubNames.has(registry.toLowerCase());
}

/** endpointOf finds a registry's API: plain HTTP for loopback unless `plainHttp` says otherwise. */
export function endpointOf(registry: string, plainHttp: boolean | undefined): Endpoint {
  const host = isDockerHub(registry) ? "registry-1.docker.io" : registry;
  const plain = plainHttp ?? isLoopback(new URL(`http://${host}`).hostname);
  return { registry, base: new URL(`${plain ? "http" : "https"}://${host}/`) };
}

/** pathOf is a repository's name at its registry: Docker Hub keeps names of one part under `library/`. */
export function pathOf({ registry, repository }: RepositoryName): string {
  return isDockerHub(registry) && !repository.includes("/") ? `library/${repository}` : repository;
}
