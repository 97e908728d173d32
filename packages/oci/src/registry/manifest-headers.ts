import { algorithmOf, type Digest, isDigest } from "../digest.ts";
import { OciError } from "../error.ts";
import { isManifestType, mediaTypes } from "../media-type.ts";
import { contentTypeOf, headerOf, type WireResponse } from "./http/exchange.ts";

/** acceptManifests is sent with every request for a manifest: without it some registries convert or deny what they have. */
export const acceptManifests: string = [
  mediaTypes.manifest,
  mediaTypes.index,
  mediaTypes.dockerManifest,
  mediaTypes.dockerIndex,
  "*/*;q=0.1",
].join(", ");

/** manifestTypeOf is the media type of a manifest's answer, without parameters; undefined when it is none that we know. */
export function manifestTypeOf(response: WireResponse): string | undefined {
  const type = contentTypeOf(response);
  return type !== undefined && isManifestType(type) ? type : undefined;
}

/** announcedDigest reads `Docker-Content-Digest`. Throws `RESPONSE_INVALID` when it is malformed. */
export function announcedDigest(response: WireResponse, action: string): Digest | undefined {
  const value = headerOf(response, "docker-content-digest");
  if (value === undefined || value === "") return undefined;
  if (isDigest(value)) return value;
  throw new OciError("RESPONSE_INVALID", `cannot ${action}: the registry names the digest "${value.slice(0, 150)}"`, {
    category: "registry",
  });
}

/** assertAnnounced refuses an answer that says of itself to be other content. Throws `DIGEST_MISMATCH`. */
export function assertAnnounced(response: WireResponse, digest: Digest, action: string): void {
  const announced = announcedDigest(response, action);
  // Another algorithm's digest of the same bytes is no contradiction (docker-registry 2.8 and sha512).
  if (announced === undefined || announced === digest || algorithmOf(announced) !== algorithmOf(digest)) return;
  throw new OciError("DIGEST_MISMATCH", `cannot ${action}: the registry announces ${announced} instead of ${digest}`, {
    category: "registry",
    hint: "the registry, or something in between, serves other content than was asked for; nothing was used",
  });
}
