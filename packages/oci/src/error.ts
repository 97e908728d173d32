import { type ErrorCategory, printable, StaxError, type StaxErrorOptions } from "@stax/errors";

/** errorCodes lists every code of {@link OciError} with its meaning and what to do. */
export const errorCodes = {
  ARCHIVE_CHANGED: "The archive was replaced while it was being changed; run the command again.",
  ARCHIVE_INVALID: "The file is not a readable, uncompressed tar of an OCI image layout; write it again.",
  ARCHIVE_NOT_FOUND: "There is no archive at this path; check the path.",
  BLOB_NOT_FOUND: "The store does not hold content that is asked for; copy it again from where it came.",
  CONTENT_TOO_LARGE: "Content that must be read into memory is larger than allowed there.",
  DESCRIPTOR_INVALID:
    "A descriptor breaks the image specification (media type, digest, size, data); its author must fix it.",
  DIGEST_INVALID: "A digest is not sha256:<64 hex> or sha512:<128 hex> in lower case.",
  DIGEST_MISMATCH: "Bytes differ from their digest: they were damaged or changed; fetch or build them again.",
  GRAPH_CYCLE: "Manifests refer to each other in a circle; their author must fix them.",
  GRAPH_TOO_DEEP: "Manifests are nested deeper than 64 levels.",
  GRAPH_TOO_LARGE: "One artifact reaches more than 100,000 blobs and manifests.",
  LAYOUT_INVALID: "The directory is not a readable OCI image layout; its index.json or oci-layout file is malformed.",
  LAYOUT_LOCKED: "Another process holds the lock for too long; wait for it or stop it.",
  LAYOUT_NOT_FOUND: "There is no OCI image layout in this directory; check the path.",
  LAYOUT_UNSAFE:
    "A part of a layout is a symbolic link or no regular file; nothing outside a layout is read or written.",
  MANIFEST_INVALID: "A manifest or index is malformed or can be read in two ways; its author must fix it.",
  MANIFEST_TOO_LARGE: "A manifest is larger than 4 MiB.",
  REFERENCE_AMBIGUOUS: "Several manifests answer to this reference; name one by its tag or digest.",
  REFERENCE_INVALID: "The text is not <registry>/<repository>:<tag> or …@<digest>.",
  REFERENCE_NOT_FOUND: "The store has no manifest of this tag or digest; the hint lists what it has.",
  SIZE_MISMATCH: "There are more or fewer bytes than the descriptor says; fetch or build them again.",
  STORE_IO: "The file system refused to read or write; the message says where and why.",
  TAG_INVALID: "The text cannot be a tag.",
  TARGET_INVALID: "The text names no artifact: neither a path, nor a reference, nor a name.",
} as const;

/** OciErrorCode is a code without its `ERR_STAX_` prefix. */
export type OciErrorCode = keyof typeof errorCodes;

/** OciErrorOptions are those of every error and the category, where the place decides it (the wire: `registry`). */
export interface OciErrorOptions extends StaxErrorOptions {
  readonly category?: ErrorCategory | undefined;
}

const usageCodes: ReadonlySet<OciErrorCode> = new Set(["REFERENCE_INVALID", "TAG_INVALID", "TARGET_INVALID"]);

/** OciError is every failure of this library: `usage` for a bad reference or target, `build` for local storage and malformed content. */
export class OciError extends StaxError<OciErrorCode> {
  readonly category: ErrorCategory;

  constructor(code: OciErrorCode, message: string, options: OciErrorOptions = {}) {
    const { hint } = options;
    super(code, printable(message), { ...options, hint: hint === undefined ? undefined : printable(hint) });
    this.category = options.category ?? (usageCodes.has(code) ? "usage" : "build");
  }
}
