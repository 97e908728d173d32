import { algorithmOf } from "../../digest.ts";
import { OciError } from "../../error.ts";
import { discard } from "../http/exchange.ts";
import { delayFor, isRetryableStatus } from "../http/retry.ts";
import { assertStored, type BlobUpload, common, octets, openContent } from "./blob-upload.ts";
import { cancel, follow, receivedIn, type Session, sessionOf, withDigest } from "./session.ts";
import { uploadChunks } from "./upload-chunks.ts";

/**
 * uploadBlob stores a blob: one PUT, or chunks where the registry refuses that; what breaks off goes on where the registry says that it
 * is, or starts over. A failed upload is cancelled. Throws what the content throws, `SIZE_MISMATCH`, `DIGEST_MISMATCH`, and as `ApiClient.request`.
 */
export async function uploadBlob(upload: BlobUpload, opened?: Session): Promise<void> {
  const { retry } = upload.api.host;
  let mode: Mode = { chunked: false };
  for (let attempt = 1; ; attempt++) {
    const session = attempt === 1 && opened !== undefined ? opened : await startUpload(upload);
    const outcome = await tryUpload(upload, session, mode);
    if (outcome === "done") return;
    await cancel(upload.api, session, upload);
    if (outcome.chunked && !mode.chunked) {
      mode = outcome;
      continue;
    }
    const delay = attempt < retry.attempts ? delayFor(attempt, undefined, retry) : undefined;
    if (delay === undefined) throw outcome.error;
    const { signal } = upload;
    await upload.api.pause({ method: "PUT", url: session.url, signal }, delay, "the upload broke off");
    if (await upload.exists()) return;
  }
}

interface Mode {
  readonly chunked: boolean;
  readonly error?: unknown;
}

async function tryUpload(upload: BlobUpload, session: Session, mode: Mode): Promise<"done" | Mode> {
  try {
    if (mode.chunked) await uploadChunks(upload, session, 0);
    else {
      const refused = await uploadWhole(upload, session);
      if (refused !== undefined) return { chunked: true, error: refused };
    }
    return "done";
  } catch (error) {
    if (upload.signal?.aborted === true || !mayPass(error)) {
      await cancel(upload.api, session, upload);
      throw error;
    }
    return resumeUpload(upload, session, mode, error);
  }
}

/** A PUT that broke off: what the registry has need not be sent again. */
async function resumeUpload(upload: BlobUpload, session: Session, mode: Mode, error: unknown): Promise<"done" | Mode> {
  const offset = mode.chunked ? 0 : await askOffset(upload, session).catch(() => 0);
  if (offset === 0) return { ...mode, error };
  try {
    await uploadChunks(upload, session, offset);
    return "done";
  } catch (again) {
    if (upload.signal?.aborted === true) throw again;
    return { ...mode, error: again };
  }
}

/** startUpload opens an upload session. */
export async function startUpload(
  upload: Pick<BlobUpload, "api" | "blobs" | "scopes" | "action" | "expected" | "signal">,
): Promise<Session> {
  const { api, expected } = upload;
  const url = new URL("uploads/", upload.blobs);
  const algorithm = algorithmOf(expected.digest);
  if (algorithm !== "sha256") url.searchParams.set("digest-algorithm", algorithm);
  const response = await api.request({ ...common(upload), method: "POST", url, headers: octets, expect: [202] });
  discard(response);
  return sessionOf(response, api.host.endpoint.base);
}

/** Returns the refusal when the registry wants it in pieces. */
async function uploadWhole(upload: BlobUpload, session: Session): Promise<OciError | undefined> {
  const { api, expected } = upload;
  const response = await api.request({
    ...common(upload),
    method: "PUT",
    url: withDigest(session.url, expected.digest),
    headers: octets,
    body: { size: expected.size, open: () => openContent(upload) },
    expect: [201, 413, 416],
    retry: false,
  });
  if (response.status !== 201) return api.failure(response, upload);
  assertStored(response, expected);
  discard(response);
  return undefined;
}

async function askOffset(upload: BlobUpload, session: Session): Promise<number> {
  const { api } = upload;
  const response = await api.request({ ...common(upload), method: "GET", url: session.url, expect: [200, 202, 204] });
  discard(response);
  follow(session, response, api.host.endpoint.base);
  const offset = receivedIn(response) ?? 0;
  return offset <= upload.expected.size ? offset : 0;
}

const passing: ReadonlySet<string> = new Set([
  "ERR_STAX_CONNECTION_LOST",
  "ERR_STAX_REQUEST_TIMEOUT",
  "ERR_STAX_REGISTRY_FAILED",
  "ERR_STAX_RATE_LIMITED",
  "ERR_STAX_REPOSITORY_NOT_FOUND",
]);

/** A session that is forgotten (404) is opened anew; the name itself was known when it was opened. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof OciError)) return false;
  const status = error.details?.status;
  return passing.has(error.code) || (typeof status === "number" && isRetryableStatus(status));
}
