import type { Digest } from "../digest.ts";
import { isDigest } from "../digest.ts";
import { OciError } from "../error.ts";
import { formatRepositoryName, type RepositoryName } from "../reference.ts";
import { deleteScope, pullScope, pushScope } from "./auth/scope.ts";
import { type Endpoint, pathOf } from "./http/endpoint.ts";

/** Place is a repository's URLs, scopes and name for messages. */
export class Place {
  readonly registry: string;
  readonly repository: string;
  /** The repository's name in URLs and scopes. */
  readonly path: string;
  readonly pullScopes: readonly string[];
  readonly pushScopes: readonly string[];
  readonly deleteScopes: readonly string[];
  /** `https://host/v2/<name>/` */
  readonly root: URL;
  readonly #mirrorOf: string | undefined;

  /** `mirrorOf` is the registry that this one stands in for: sent as `ns` (distribution specification, "Registry Proxying"). */
  constructor(name: RepositoryName, endpoint: Endpoint, mirrorOf?: string) {
    this.registry = name.registry;
    this.repository = name.repository;
    this.path = pathOf(name);
    this.pullScopes = [pullScope(this.path)];
    this.pushScopes = [pushScope(this.path)];
    this.deleteScopes = [deleteScope(this.path)];
    this.root = new URL(`v2/${this.path}/`, endpoint.base);
    this.#mirrorOf = mirrorOf;
  }

  manifest(reference: string): URL {
    return this.#at(`manifests/${reference}`);
  }

  blob(digest: Digest): URL {
    return this.#at(`blobs/${digest}`);
  }

  get blobs(): URL {
    return new URL("blobs/", this.root);
  }

  tags(): URL {
    return this.#at("tags/list");
  }

  referrers(digest: Digest): URL {
    return this.#at(`referrers/${digest}`);
  }

  /** name is a reference for messages. */
  name(reference?: string): string {
    const separator = reference === undefined ? "" : isDigest(reference) ? "@" : ":";
    return `${formatRepositoryName(this)}${separator}${reference ?? ""}`;
  }

  notFound(digest: Digest): OciError {
    return new OciError("BLOB_NOT_FOUND", `${this.name()} does not hold ${digest}`, {
      category: "registry",
      hint: "it may have been deleted, or never pushed completely: push the artifact again",
    });
  }

  #at(path: string): URL {
    const url = new URL(path, this.root);
    if (this.#mirrorOf !== undefined) url.searchParams.set("ns", this.#mirrorOf);
    return url;
  }
}
