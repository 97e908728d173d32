import { type ErrorCategory, printable, StaxError, type StaxErrorOptions } from "@stax/errors";

/** errorCodes lists every code of {@link OciError} with its meaning and what to do. */
export const errorCodes = {
  ACCESS_DENIED: "The registry knows who asks and says no; the account or token lacks the permission.",
  ARCHIVE_CHANGED: "The archive was replaced while it was being changed; run the command again.",
  ARCHIVE_INVALID: "The file is not a readable, uncompressed tar of an OCI image layout; write it again.",
  ARCHIVE_NOT_FOUND: "There is no archive at this path; check the path.",
  AUTH_FAILED: "The registry does not accept the credentials; log in again.",
  AUTH_REQUIRED: "The registry wants credentials and none are known for it; log in.",
  BLOB_NOT_FOUND: "The store does not hold content that is asked for; copy it again from where it came.",
  CERTIFICATE_INVALID:
    "The registry's TLS certificate has expired, is for another host or comes from an unknown authority.",
  CONNECTION_LOST: "The connection to the registry broke off, more often than it was tried again.",
  CONNECTION_REFUSED: "Nothing listens where the registry should be; check host and port.",
  CONTENT_TOO_LARGE: "Content that must be read into memory is larger than allowed there.",
  CREDENTIALS_INVALID: "A file with credentials cannot be read, or credentials cannot be used; the message says which.",
  CREDENTIAL_HELPER_FAILED: "A program docker-credential-… failed, said too much or took too long.",
  DESCRIPTOR_INVALID:
    "A descriptor breaks the image specification (media type, digest, size, data); its author must fix it.",
  DIGEST_INVALID: "A digest is not sha256:<64 hex> or sha512:<128 hex> in lower case.",
  DIGEST_MISMATCH: "Bytes differ from their digest: they were damaged or changed; fetch or build them again.",
  GRAPH_CYCLE: "Manifests refer to each other in a circle; their author must fix them.",
  GRAPH_TOO_DEEP: "Manifests are nested deeper than 64 levels.",
  GRAPH_TOO_LARGE: "One artifact reaches more than 100,000 blobs and manifests.",
  HOST_UNKNOWN: "There is no host of the registry's name; check the spelling and the network.",
  LAYOUT_INVALID: "The directory is not a readable OCI image layout; its index.json or oci-layout file is malformed.",
  LAYOUT_LOCKED: "Another process holds the lock for too long; wait for it or stop it.",
  LAYOUT_NOT_FOUND: "There is no OCI image layout in this directory; check the path.",
  LAYOUT_UNSAFE:
    "A part of a layout is a symbolic link or no regular file; nothing outside a layout is read or written.",
  MANIFEST_INVALID: "A manifest or index is malformed or can be read in two ways; its author must fix it.",
  MANIFEST_TOO_LARGE: "A manifest is larger than 4 MiB.",
  OFFLINE_MISS: "The network is switched off and the cache does not hold what is asked for.",
  QUOTA_EXCEEDED: "A quota of the registry is used up.",
  RATE_LIMITED: "The registry has had too many requests; wait, or log in for higher limits.",
  REALM_REFUSED: "The registry names a token server that must not get credentials.",
  REDIRECT_REFUSED:
    "The registry leads to an address that is not followed: plain HTTP, this machine's own network, or in circles.",
  REFERENCE_AMBIGUOUS: "Several manifests answer to this reference; name one by its tag or digest.",
  REFERENCE_INVALID: "The text is not <registry>/<repository>:<tag> or …@<digest>.",
  REFERENCE_NOT_FOUND: "The store has no manifest of this tag or digest; the hint lists what it has.",
  REFERRERS_CONFLICT: "Another process changed the list of referrers again and again; attach once more.",
  REFERRERS_UNSUPPORTED: "The registry has no referrers API, and a fallback tag is not allowed or not usable.",
  REGISTRY_FAILED: "The registry failed with a status of 500 or above, more often than it was tried again.",
  REGISTRY_READ_ONLY: "The registry does not allow the operation: it is read-only, a mirror, or has it switched off.",
  REPOSITORY_NOT_FOUND: "The registry does not know the repository, or hides it.",
  REQUEST_REJECTED: "The registry refused a request; the message quotes its reason.",
  REQUEST_TIMEOUT: "The registry did not answer in time.",
  RESPONSE_INVALID: "The registry answered against the distribution specification; nothing of it was used.",
  SIZE_MISMATCH: "There are more or fewer bytes than the descriptor says; fetch or build them again.",
  STORE_IO: "The file system refused to read or write; the message says where and why.",
  TAG_INVALID: "The text cannot be a tag.",
  TARGET_INVALID: "The text names no artifact: neither a path, nor a reference, nor a name.",
  TLS_FAILED: "The host does not speak TLS as it should; it may speak plain HTTP.",
} as const;

/** OciErrorCode is a code without its `ERR_STAX_` prefix. */
export type OciErrorCode = keyof typeof errorCodes;

/** OciErrorOptions are those of every error and the category, where the place decides it (the wire: `registry`). */
export interface OciErrorOptions extends StaxErrorOptions {
  readonly category?: ErrorCategory | undefined;
}

const usageCodes: ReadonlySet<OciErrorCode> = new Set(["REFERENCE_INVALID", "TAG_INVALID", "TARGET_INVALID"]);

/** Of the wire, wherever they are thrown. */
const registryCodes: ReadonlySet<OciErrorCode> = new Set([
  "ACCESS_DENIED",
  "AUTH_FAILED",
  "AUTH_REQUIRED",
  "CERTIFICATE_INVALID",
  "CONNECTION_LOST",
  "CONNECTION_REFUSED",
  "CREDENTIALS_INVALID",
  "CREDENTIAL_HELPER_FAILED",
  "HOST_UNKNOWN",
  "OFFLINE_MISS",
  "QUOTA_EXCEEDED",
  "RATE_LIMITED",
  "REALM_REFUSED",
  "REDIRECT_REFUSED",
  "REFERRERS_CONFLICT",
  "REFERRERS_UNSUPPORTED",
  "REGISTRY_FAILED",
  "REGISTRY_READ_ONLY",
  "REPOSITORY_NOT_FOUND",
  "REQUEST_REJECTED",
  "REQUEST_TIMEOUT",
  "RESPONSE_INVALID",
  "TLS_FAILED",
]);

/** OciError is every failure of this library: `usage` for a bad reference or target, `registry` for the wire, `build` for local storage and malformed content. */
export class OciError extends StaxError<OciErrorCode> {
  readonly category: ErrorCategory;

  constructor(code: OciErrorCode, message: string, options: OciErrorOptions = {}) {
    const { hint } = options;
    super(code, printable(message), { ...options, hint: hint === undefined ? undefined : printable(hint) });
    this.category = options.category ?? categoryOf(code);
  }
}

function categoryOf(code: OciErrorCode): ErrorCategory {
  if (usageCodes.has(code)) return "usage";
  return registryCodes.has(code) ? "registry" : "build";
}
