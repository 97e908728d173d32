import { OciError } from "../../error.ts";
import { bytesContent } from "../../storage.ts";
import { discard, type WireResponse } from "../http/exchange.ts";
import { delayFor, isRetryableStatus } from "../http/retry.ts";
import { assertStored, type BlobUpload, common, octets, openContent } from "./blob-upload.ts";
import { ChunkReader } from "./chunk-reader.ts";
import { follow, receivedIn, type Session, withDigest } from "./session.ts";

/** GHCR takes no more in one PATCH; nobody is known to take less. In bytes. */
const chunkSize = 4 * 1024 * 1024;
const maxChunkSize = 256 * 1024 * 1024;

/**
 * uploadChunks sends the content from `offset` on in pieces, each again where it broke off, the last one with the PUT that ends the
 * upload. Throws as `uploadBlob`.
 */
export async function uploadChunks(upload: BlobUpload, session: Session, offset: number): Promise<void> {
  const { expected } = upload;
  const size = Math.max(chunkSize, session.minChunk);
  if (size > maxChunkSize) {
    throw new OciError(
      "RESPONSE_INVALID",
      `cannot ${upload.action}: the registry wants chunks of at least ${size} bytes`,
      { category: "registry" },
    );
  }
  const reader = new ChunkReader(await openContent(upload), size);
  try {
    await reader.skip(offset);
    let at = offset;
    for (;;) {
      const chunk = await reader.next();
      if (at + chunk.byteLength >= expected.size) return await finish(upload, session, { at, chunk });
      if (chunk.byteLength < size) throw tooShort(upload, at + chunk.byteLength);
      await sendChunk(upload, session, { at, chunk });
      at += chunk.byteLength;
    }
  } finally {
    await reader.close();
  }
}

interface Piece {
  readonly at: number;
  readonly chunk: Buffer;
}

/** Sends one piece until the registry says that it has it. */
async function sendChunk(upload: BlobUpload, session: Session, { at, chunk }: Piece): Promise<void> {
  const { api } = upload;
  let sent = 0;
  for (let attempt = 1; ; attempt++) {
    const outcome = await patch(upload, session, { at: at + sent, chunk: chunk.subarray(sent) }).catch(
      (error: unknown) => ({ error }),
    );
    const response = "error" in outcome ? undefined : outcome;
    if (response?.status === 202) {
      follow(session, response, api.host.endpoint.base);
      const received = receivedIn(response);
      discard(response);
      sent = received === undefined ? chunk.byteLength : progressIn(upload, received - at, chunk);
      if (sent === chunk.byteLength) return;
    } else {
      const error = "error" in outcome ? outcome.error : await api.failure(outcome, upload);
      await waitOrThrow(upload, session, attempt, error);
      sent = progressIn(upload, (await askReceived(upload, session)) - at, chunk);
      if (sent === chunk.byteLength) return;
    }
    if (attempt >= api.host.retry.attempts * 2) throw stuck(upload);
  }
}

function progressIn(upload: BlobUpload, sent: number, chunk: Buffer): number {
  if (sent < 0 || sent > chunk.byteLength) throw stuck(upload);
  return sent;
}

async function patch(upload: BlobUpload, session: Session, { at, chunk }: Piece): Promise<WireResponse> {
  return upload.api.request({
    ...common(upload),
    method: "PATCH",
    url: session.url,
    headers: { ...octets, "content-range": `${at}-${at + chunk.byteLength - 1}` },
    body: { size: chunk.byteLength, ...bytesContent(chunk) },
    expect: [202, 408, 416, 429, 500, 502, 503, 504],
    retry: false,
  });
}

async function waitOrThrow(upload: BlobUpload, session: Session, attempt: number, error: unknown): Promise<void> {
  upload.signal?.throwIfAborted();
  const { retry } = upload.api.host;
  const delay = attempt < retry.attempts && isPassing(error) ? delayFor(attempt, undefined, retry) : undefined;
  if (delay === undefined) throw error;
  const { signal } = upload;
  await upload.api.pause({ method: "PATCH", url: session.url, signal }, delay, "a chunk broke off");
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof OciError)) return false;
  const status = error.details?.status;
  if (typeof status === "number") return status === 416 || isRetryableStatus(status);
  return error.code === "ERR_STAX_CONNECTION_LOST" || error.code === "ERR_STAX_REQUEST_TIMEOUT";
}

async function askReceived(upload: BlobUpload, session: Session): Promise<number> {
  const { api } = upload;
  const response = await api.request({ ...common(upload), method: "GET", url: session.url, expect: [200, 202, 204] });
  follow(session, response, api.host.endpoint.base);
  discard(response);
  return receivedIn(response) ?? 0;
}

async function finish(upload: BlobUpload, session: Session, { at, chunk }: Piece): Promise<void> {
  const { api, expected } = upload;
  const range = chunk.byteLength === 0 ? {} : { "content-range": `${at}-${at + chunk.byteLength - 1}` };
  const response = await api.request({
    ...common(upload),
    method: "PUT",
    url: withDigest(session.url, expected.digest),
    headers: { ...octets, ...range },
    body: { size: chunk.byteLength, ...bytesContent(chunk) },
    expect: [201],
    retry: false,
  });
  assertStored(response, expected);
  discard(response);
}

const tooShort = ({ expected }: BlobUpload, size: number): OciError =>
  new OciError("SIZE_MISMATCH", `${expected.digest} is too short: ${size} of ${expected.size} bytes`);

const stuck = ({ action }: BlobUpload): OciError =>
  new OciError("RESPONSE_INVALID", `cannot ${action}: the registry loses track of what was uploaded`, {
    category: "registry",
  });
