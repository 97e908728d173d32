import { type Digest, mediaTypes } from "@stax/oci";
import type { ByteRange, RepositoryStorage } from "../storage.ts";
import { etagOf, isNotModified } from "./conditions.ts";
import type { AnswerHeaders, Exchange } from "./exchange.ts";
import { ProtocolError } from "./protocol-error.ts";
import { parseRange } from "./ranges.ts";

/** getBlob answers GET and HEAD of a blob, or of a part of it. Throws `BLOB_UNKNOWN`, 416. */
export async function getBlob(exchange: Exchange, repository: RepositoryStorage, digest: Digest): Promise<void> {
  const size = await repository.blobs.sizeOf(digest);
  if (size === undefined) throw unknown(digest);
  const headers: AnswerHeaders = {
    "Docker-Content-Digest": digest,
    ETag: etagOf(digest),
    "Accept-Ranges": "bytes",
    "Content-Type": mediaTypes.octetStream,
  };
  if (isNotModified(exchange, digest)) return exchange.send(304, { ...headers, "Content-Type": undefined });
  const range = rangeOf(exchange, digest, size);
  const part = range === undefined ? {} : { "Content-Range": `bytes ${range.start}-${range.end}/${size}` };
  const length = range === undefined ? size : range.end - range.start + 1;
  const answer = { ...headers, ...part, "Content-Length": length };
  const status = range === undefined ? 200 : 206;
  if (exchange.method === "HEAD") return exchange.send(status, answer);
  const source = await repository.blobs.read(digest, range);
  if (source === undefined) throw unknown(digest);
  return exchange.stream(status, answer, source);
}

/** deleteBlob answers DELETE of a blob. Throws `BLOB_UNKNOWN`; 405 for a manifest and where blobs are shared. */
export async function deleteBlob(exchange: Exchange, repository: RepositoryStorage, digest: Digest): Promise<void> {
  if ((await repository.blobs.sizeOf(digest)) === undefined) throw unknown(digest);
  if (!repository.ownsBlobs) {
    throw new ProtocolError("UNSUPPORTED", "the blobs of this layout are shared; those in no use go when it is pruned");
  }
  if ((await repository.resolve(digest)) !== undefined) {
    throw new ProtocolError("UNSUPPORTED", `${digest} is a manifest: delete it as one`);
  }
  if (!(await repository.blobs.remove(digest))) throw unknown(digest);
  exchange.send(202);
}

function rangeOf(exchange: Exchange, digest: Digest, size: number): ByteRange | undefined {
  const range = exchange.header("range");
  if (range === undefined) return undefined;
  const ifRange = exchange.header("if-range");
  if (ifRange !== undefined && ifRange !== etagOf(digest)) return undefined;
  return parseRange(range, size);
}

const unknown = (digest: Digest): ProtocolError =>
  new ProtocolError("BLOB_UNKNOWN", `the repository does not hold ${digest}`);
