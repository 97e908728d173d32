import {
  algorithmOf,
  childrenOf,
  type Descriptor,
  type Digest,
  digestOf,
  isDigest,
  isManifestType,
  maxManifestSize,
  OciError,
  type ParsedManifest,
  parseManifest,
  subjectOf,
} from "@stax/oci";
import type { RepositoryStorage } from "../storage.ts";
import { etagOf, isNotModified, writeCondition } from "./conditions.ts";
import type { Exchange } from "./exchange.ts";
import { ProtocolError } from "./protocol-error.ts";
import { tagIn } from "./route.ts";
import type { Settings, SparsePolicy } from "./settings.ts";

const maxTagParameters = 10;

/** getManifest answers GET and HEAD of a manifest: its exact bytes under the media type it was pushed with. Throws `MANIFEST_UNKNOWN`. */
export async function getManifest(exchange: Exchange, repository: RepositoryStorage, reference: string): Promise<void> {
  const found = await repository.resolve(reference);
  if (found === undefined) throw unknown(reference);
  const headers = {
    "Content-Type": found.mediaType,
    "Docker-Content-Digest": found.digest,
    ETag: etagOf(found.digest),
  };
  if (isNotModified(exchange, found.digest)) return exchange.send(304, { ...headers, "Content-Type": undefined });
  const source = await repository.blobs.read(found.digest);
  if (source === undefined) throw unknown(reference);
  return exchange.stream(200, { ...headers, "Content-Length": found.size }, source);
}

/** putManifest answers PUT of a manifest. Throws `MANIFEST_INVALID`, `DIGEST_INVALID`, `MANIFEST_BLOB_UNKNOWN`, 413, 412. */
export async function putManifest(
  exchange: Exchange,
  settings: Settings,
  name: string,
  reference: string,
): Promise<void> {
  const tags = tagsIn(exchange, reference);
  const bytes = await exchange.readBody(maxManifestSize);
  const digest = isDigest(reference) ? reference : digestOf(bytes);
  if (digestOf(bytes, algorithmOf(digest)) !== digest) {
    throw new ProtocolError("DIGEST_INVALID", `the manifest is not ${digest}`);
  }
  const parsed = parsed400(bytes, exchange.header("content-type"));
  const repository = await settings.storage.open(name);
  await assertComplete(parsed, repository, settings.sparse);
  const subject = subjectOf(parsed);
  const descriptor: Descriptor = { mediaType: parsed.mediaType, digest, size: bytes.byteLength };
  await repository.put({ descriptor, bytes, tags }, writeCondition(exchange));
  exchange.send(201, {
    Location: `/v2/${name}/manifests/${digest}`,
    "Docker-Content-Digest": digest,
    ETag: etagOf(digest),
    "OCI-Subject": subject?.digest,
    "OCI-Tag": isDigest(reference) && tags.length > 0 ? tags.join(", ") : undefined,
  });
}

/** deleteManifest answers DELETE of a tag or a manifest. Throws `MANIFEST_UNKNOWN`, 405, 412. */
export async function deleteManifest(
  exchange: Exchange,
  repository: RepositoryStorage,
  reference: string,
): Promise<void> {
  writeCondition(exchange)?.(await repository.resolve(reference));
  const removed = isDigest(reference)
    ? await repository.removeManifest(reference)
    : await repository.removeTag(reference);
  if (removed === false) throw unknown(reference);
  if (removed === "shared") {
    throw new ProtocolError("UNSUPPORTED", `${reference} is part of another manifest of this layout: delete that`);
  }
  exchange.send(202);
}

/** A push by digest may name tags as well (`?tag=`, in the specification's main branch). */
function tagsIn(exchange: Exchange, reference: string): readonly string[] {
  const parameters = exchange.query.getAll("tag").map(tagIn);
  if (!isDigest(reference)) return [reference];
  if (parameters.length <= maxTagParameters) return [...new Set(parameters)];
  throw new ProtocolError("UNSUPPORTED", `more than ${maxTagParameters} tags at once`, { status: 414 });
}

function parsed400(bytes: Uint8Array, contentType: string | undefined): ParsedManifest {
  const announced = contentType?.split(";")[0]?.trim();
  if (announced !== undefined && announced !== "" && !isManifestType(announced)) {
    throw new ProtocolError("MANIFEST_INVALID", `${announced} is no media type of a manifest that is known here`);
  }
  try {
    return parseManifest(bytes, announced === "" ? undefined : announced);
  } catch (error) {
    if (error instanceof OciError) throw new ProtocolError("MANIFEST_INVALID", error.message);
    throw error;
  }
}

async function assertComplete(
  parsed: ParsedManifest,
  repository: RepositoryStorage,
  sparse: SparsePolicy,
): Promise<void> {
  if (sparse === "all" || (sparse === "indexes" && parsed.kind === "index")) return;
  const missing: Digest[] = [];
  for (const child of childrenOf(parsed)) {
    if (isForeign(child)) continue;
    const size = await sizeOf(child, repository);
    if (size === undefined) missing.push(child.digest);
    else if (size !== child.size) {
      throw new ProtocolError("MANIFEST_INVALID", `${child.digest} has ${size} bytes, not ${child.size}`);
    }
  }
  if (missing.length === 0) return;
  const details = [...new Set(missing)].map((digest) => ({ digest }));
  throw new ProtocolError("MANIFEST_BLOB_UNKNOWN", "the repository does not hold what the manifest names", { details });
}

/** Stored size; a manifest must be known as one, since it may be hidden from this repository. */
async function sizeOf(child: Descriptor, repository: RepositoryStorage): Promise<number | undefined> {
  if (!isManifestType(child.mediaType)) return repository.blobs.sizeOf(child.digest);
  return (await repository.resolve(child.digest))?.size;
}

const foreignTypes: readonly string[] = [
  "application/vnd.oci.image.layer.nondistributable.v1.",
  "application/vnd.docker.image.rootfs.foreign.diff.",
];

/** Layers that may not be redistributed live where their `urls` say. */
const isForeign = ({ mediaType }: Descriptor): boolean => foreignTypes.some((type) => mediaType.startsWith(type));

const unknown = (reference: string): ProtocolError =>
  new ProtocolError("MANIFEST_UNKNOWN", `the repository has no manifest ${reference}`);
