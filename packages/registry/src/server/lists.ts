import { type Descriptor, type Digest, mediaTypes } from "@stax/oci";
import type { RepositoryStorage } from "../storage.ts";
import type { Exchange } from "./exchange.ts";
import { compareTags, compareText, linkTo, pageOf } from "./pages.ts";
import type { Settings } from "./settings.ts";

/** Clients read an index of up to 4 MiB. */
const maxReferrersSize = 3 * 1024 * 1024;

/** listTags answers GET of the tags, in the order of the specification. */
export async function listTags(
  exchange: Exchange,
  settings: Settings,
  name: string,
  repository: RepositoryStorage,
): Promise<void> {
  const tags = [...(await repository.tags())].sort(compareTags);
  const { items, next } = pageOf(tags, {
    query: exchange.query,
    limit: settings.pageSize,
    keyOf: (tag) => tag,
    compare: compareTags,
  });
  exchange.sendJson(200, { name, tags: items }, { Link: linkTo(`/v2/${name}/tags/list`, next) });
}

/** listRepositories answers GET of the catalog. */
export async function listRepositories(exchange: Exchange, settings: Settings): Promise<void> {
  const names = [...(await settings.storage.names())].sort(compareText);
  const { items, next } = pageOf(names, {
    query: exchange.query,
    limit: settings.pageSize,
    keyOf: (name) => name,
    compare: compareText,
  });
  exchange.sendJson(200, { repositories: items }, { Link: linkTo("/v2/_catalog", next) });
}

/** listReferrers answers GET of the referrers of a digest; an unknown repository or subject has none. */
export async function listReferrers(
  exchange: Exchange,
  settings: Settings,
  name: string,
  repository: RepositoryStorage | undefined,
  digest: Digest,
): Promise<void> {
  const artifactType = exchange.query.get("artifactType");
  const all = (await repository?.referrers(digest)) ?? [];
  const wanted = artifactType === null ? all : all.filter((referrer) => referrer.artifactType === artifactType);
  const { items, next } = pageOf(wanted, {
    query: exchange.query,
    limit: settings.pageSize,
    keyOf: (referrer) => referrer.digest,
    compare: compareText,
    weight: { of: weightOf, limit: maxReferrersSize },
  });
  exchange.sendJson(
    200,
    { schemaVersion: 2, mediaType: mediaTypes.index, manifests: items },
    {
      "Content-Type": mediaTypes.index,
      "OCI-Filters-Applied": artifactType === null ? undefined : "artifactType",
      Link: linkTo(`/v2/${name}/referrers/${digest}`, next),
    },
  );
}

const weightOf = (referrer: Descriptor): number => Buffer.byteLength(JSON.stringify(referrer)) + 1;
