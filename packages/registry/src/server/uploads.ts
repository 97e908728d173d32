import { algorithmOf, type Digest, type DigestAlgorithm } from "@stax/oci";
import { type BlobUpload, type RepositoryStorage, UploadTooLong } from "../storage.ts";
import type { AnswerHeaders, Exchange } from "./exchange.ts";
import { ProtocolError } from "./protocol-error.ts";
import { parseChunkRange } from "./ranges.ts";
import { digestIn, nameIn } from "./route.ts";
import type { Settings } from "./settings.ts";
import type { UploadSession } from "./upload-sessions.ts";

/** startUpload answers POST: a mount, a whole blob, or a new session. Throws `DIGEST_INVALID`, `NAME_INVALID`. */
export async function startUpload(exchange: Exchange, settings: Settings, name: string): Promise<void> {
  const { query } = exchange;
  const mount = query.get("mount");
  const digest = query.get("digest");
  const algorithm = algorithmIn(query.get("digest-algorithm"));
  const repository = await settings.storage.open(name);
  if (mount !== null && (await mountBlob(repository, settings, digestIn(mount), query.get("from")))) {
    return created(exchange, name, digestIn(mount));
  }
  if (digest !== null && mount === null) return uploadWhole(exchange, repository, name, digestIn(digest));
  const expected = mount === null ? algorithm : algorithmOf(digestIn(mount));
  const session = await settings.sessions.start(name, () => repository.blobs.upload(expected));
  exchange.send(202, {
    ...progressOf(session),
    ...(settings.minChunkSize > 0 && { "OCI-Chunk-Min-Length": settings.minChunkSize }),
  });
}

/** uploadStatus answers GET of a session. */
export function uploadStatus(exchange: Exchange, session: UploadSession): void {
  exchange.send(204, progressOf(session));
}

/** appendChunk answers PATCH: a chunk with its Content-Range, or a stream of any length. Throws 416, `SIZE_INVALID`. */
export async function appendChunk(exchange: Exchange, settings: Settings, session: UploadSession): Promise<void> {
  await settings.sessions.run(session, async () => {
    await append(exchange, settings, session);
    exchange.send(202, progressOf(session));
  });
}

/** finishUpload answers PUT: the last chunk, if there is one, and the digest of all. Throws `DIGEST_INVALID`, 416. */
export async function finishUpload(exchange: Exchange, settings: Settings, session: UploadSession): Promise<void> {
  const digest = digestIn(exchange.query.get("digest") ?? "");
  await settings.sessions.run(session, async () => {
    await append(exchange, settings, session, digest);
    settings.sessions.end(session);
    await commit(session.upload, digest);
    created(exchange, session.name, digest);
  });
}

/** cancelUpload answers DELETE of a session. */
export async function cancelUpload(exchange: Exchange, settings: Settings, session: UploadSession): Promise<void> {
  await settings.sessions.run(session, async () => {
    settings.sessions.end(session);
    await session.upload.discard();
    exchange.send(204);
  });
}

async function uploadWhole(
  exchange: Exchange,
  repository: RepositoryStorage,
  name: string,
  digest: Digest,
): Promise<void> {
  const upload = await repository.blobs.upload(algorithmOf(digest));
  try {
    await upload.append(exchange.body(), { digest });
  } catch (error) {
    await upload.discard();
    throw error;
  }
  await commit(upload, digest);
  created(exchange, name, digest);
}

async function append(exchange: Exchange, settings: Settings, session: UploadSession, digest?: Digest): Promise<void> {
  const header = exchange.header("content-range");
  const length = header === undefined ? undefined : chunkLength(exchange, session, header);
  if (length !== undefined && session.isComplete) {
    throw new ProtocolError("SIZE_INVALID", `only the last chunk may be below ${settings.minChunkSize} bytes`);
  }
  const before = session.upload.size;
  try {
    await session.upload.append(exchange.body(), { limit: length, ...(digest !== undefined && { digest }) });
  } catch (error) {
    if (!(error instanceof UploadTooLong)) throw error;
    throw new ProtocolError("SIZE_INVALID", "the chunk has more bytes than its Content-Range");
  }
  const received = session.upload.size - before;
  if (length !== undefined && received < length) {
    throw new ProtocolError("SIZE_INVALID", "the chunk has fewer bytes than its Content-Range", {
      headers: { Range: rangeOf(session) },
    });
  }
  if (length !== undefined && received < settings.minChunkSize) session.isComplete = true;
}

/** A chunk starts where the last one ended. */
function chunkLength(exchange: Exchange, session: UploadSession, header: string): number {
  const { start, end } = parseChunkRange(header);
  const length = end - start + 1;
  if (start !== session.upload.size) {
    const { Location, Range } = progressOf(session);
    throw new ProtocolError("BLOB_UPLOAD_INVALID", `the next byte is ${session.upload.size}, not ${start}`, {
      status: 416,
      headers: { Location, Range },
    });
  }
  const announced = exchange.contentLength;
  if (announced !== undefined && announced !== length) {
    throw new ProtocolError("SIZE_INVALID", `Content-Length ${announced} is not that of Content-Range ${header}`);
  }
  return length;
}

async function mountBlob(
  repository: RepositoryStorage,
  { storage }: Settings,
  digest: Digest,
  from: string | null,
): Promise<boolean> {
  if ((await repository.blobs.sizeOf(digest)) !== undefined) return true;
  const sources = from === null || from === "" ? await storage.names() : [nameIn(from)];
  for (const name of sources) {
    const source = await storage.find(name);
    if (source !== undefined && (await repository.blobs.adopt(digest, source.blobs))) return true;
  }
  return false;
}

async function commit(upload: BlobUpload, digest: Digest): Promise<void> {
  if (await upload.commit(digest)) return;
  throw new ProtocolError("DIGEST_INVALID", `the bytes are not ${digest}`);
}

function created(exchange: Exchange, name: string, digest: Digest): void {
  exchange.send(201, { Location: `/v2/${name}/blobs/${digest}`, "Docker-Content-Digest": digest });
}

function progressOf(session: UploadSession) {
  return {
    Location: `/v2/${session.name}/blobs/uploads/${session.id}`,
    Range: rangeOf(session),
    "Docker-Upload-UUID": session.id,
  } satisfies AnswerHeaders;
}

// The specification has no way to say "none": 0-0 is what clients of other registries see.
const rangeOf = ({ upload }: UploadSession): string => `0-${Math.max(0, upload.size - 1)}`;

function algorithmIn(text: string | null): DigestAlgorithm {
  if (text === null || text === "" || text === "sha256") return "sha256";
  if (text === "sha512") return "sha512";
  throw new ProtocolError("UNSUPPORTED", "digest-algorithm is neither sha256 nor sha512", { status: 400 });
}
