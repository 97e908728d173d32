import { algorithmOf } from "../../digest.ts";
import { OciError } from "../../error.ts";
import type { Chunks, Content, StorageOptions } from "../../storage.ts";
import { type Expected, verified } from "../../verify-content.ts";
import type { ApiClient } from "../http/api-client.ts";
import { headerOf, type WireResponse } from "../http/exchange.ts";

/** BlobUpload is a blob on its way to a repository. */
export interface BlobUpload extends StorageOptions {
  readonly api: ApiClient;
  /** `https://host/v2/<name>/blobs/` */
  readonly blobs: URL;
  readonly scopes: readonly string[];
  /** Completes "cannot …". */
  readonly action: string;
  readonly expected: Expected;
  readonly content: Content;
  /** Whether the repository has the blob: an upload whose answer got lost may have succeeded. */
  readonly exists: () => Promise<boolean>;
}

/** octets is the Content-Type of every upload: some registries take no other, and none at all makes some fail. */
export const octets = { "content-type": "application/octet-stream" } as const;

/** common are the parts that all requests of an upload share. */
export const common = ({ scopes, action, signal }: Pick<BlobUpload, "scopes" | "action" | "signal">) => ({
  scopes,
  action,
  signal,
});

/** assertStored compares what the registry says it stored, where it speaks of the same algorithm. Throws `RESPONSE_INVALID`. */
export function assertStored(response: WireResponse, expected: Expected): void {
  const stored = headerOf(response, "docker-content-digest");
  if (stored === undefined || stored === expected.digest || !stored.startsWith(algorithmOf(expected.digest))) return;
  throw new OciError(
    "RESPONSE_INVALID",
    `the registry says that it stored ${stored.slice(0, 150)} instead of ${expected.digest}`,
    { category: "registry" },
  );
}

/** openContent opens a blob's content, held against its digest unless that is done where it comes from; the registry does so in any case. */
export async function openContent({ content, expected }: BlobUpload): Promise<Chunks> {
  const chunks = await content.open();
  return content.verified === expected.digest ? chunks : verified(chunks, expected);
}
