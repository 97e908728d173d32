import { type ErrorCategory, StaxError } from "@stax/errors";

/** errorCodes are the errors of `@stax/layers`: what each means and what to do. */
export const errorCodes = {
  JSON_UNREPRESENTABLE:
    "A value cannot be written as canonical JSON (undefined in an array, a function, NaN, a lone surrogate, a class instance, a cycle, nesting over 100). Replace it with plain JSON data.",
  JSON_INVALID:
    "A JSON document is malformed, not UTF-8, has a byte order mark or duplicate keys, or nests too deep. Fix it where the message points.",
  JSON_TOO_LARGE: "A JSON document is larger than allowed. Raise the limit of its layer if you trust it.",
  LAYER_TRUNCATED: "A layer's archive ends before its end. Fetch or build it again.",
  LAYER_GZIP_INVALID: "A layer is no valid gzip stream, or its checksum is wrong. Fetch or build it again.",
  LAYER_MULTI_MEMBER:
    "A layer holds more than one gzip member, which tools read differently. Ask its author to build it as one member.",
  LAYER_TRAILING_DATA: "A layer has data after the end of its archive. Do not trust it; ask its author to rebuild it.",
  LAYER_HEADER_INVALID:
    "A layer's archive has a malformed header (checksum, number, extended header). Do not trust it; ask its author to rebuild it.",
  LAYER_ENTRY_TYPE:
    "A layer's archive holds a link, device or other special entry. Layers hold files and directories only.",
  LAYER_ENTRY_PATH:
    "A path in a layer is absolute, leaves the layer, or holds characters that are not allowed. Rename the file.",
  LAYER_ENTRY_DUPLICATE: "Two entries of a layer have the same path, or one is a file and a directory. Rename one.",
  LAYER_ENTRY_SIZE: "An entry of a layer lies about its size. Do not trust it; ask its author to rebuild it.",
  LAYER_TOO_LARGE:
    "A layer is larger than allowed once unpacked, or expands suspiciously. Raise the limit only if you trust its author.",
  LAYER_DIGEST_INVALID:
    "A digest is not `sha256:` and 64 lower-case hex digits. Use the digest as the registry gives it.",
  LAYER_DIGEST_MISMATCH:
    "A layer's content does not match its digest. Fetch it again; if it stays so, do not trust the store.",
  LAYER_CACHE_CORRUPT: "A cached layer changed on disk. It has been dropped from the cache; run the command again.",
  LAYER_CONTENT_INVALID: "A layer's content breaks the format. See the findings; ask its author to rebuild it.",
  SOURCE_MISSING: "A directory to be packed does not exist or is no directory. Fix the path in the definition.",
  SOURCE_OUTSIDE:
    "A directory to be packed lies outside the project, or a symlink leads there. Move it into the project, or allow it explicitly.",
  SOURCE_SYMLINK:
    "A directory to be packed is reached through a symlink. Name the real directory, or use --symlink-mode flatten.",
  SOURCE_CHANGED: "A file changed while it was packed. Run the command again when nothing writes to it.",
  SOURCE_UNREADABLE: "A file to be packed cannot be read. Check its permissions.",
} as const;

/** LayersErrorCode names an error of this package, without the `ERR_STAX_` prefix. */
export type LayersErrorCode = keyof typeof errorCodes;

/** LayersError is every error of `@stax/layers`: malformed, hostile or unreadable content, wherever it came from. */
export class LayersError extends StaxError<LayersErrorCode> {
  readonly category: ErrorCategory = "build";
}

/** diagnosticCodes are the findings of `readTree`: what each means and what to do. */
export const diagnosticCodes = {
  "symlink-rejected": "A symlink lies in a layer's directory. Replace it by the file, or use --symlink-mode flatten.",
  "symlink-excluded": "A symlink was left out of a source snapshot.",
  "symlink-dangling": "A symlink to be flattened leads nowhere. Fix or remove it.",
  "symlink-cycle": "Symlinks to be flattened lead in a circle. Remove one of them.",
  "symlink-outside": "A symlink to be flattened leads out of the project, or into a directory that is never packed.",
  "symlink-flattened": "A symlink was replaced by the bytes it leads to.",
  "hard-link": "Two paths of one layer are the same file on disk. Make one a copy.",
  "file-type": "A device, FIFO or socket lies in a layer's directory. Remove or ignore it.",
  "file-unreadable": "A file or directory cannot be read. Check its permissions.",
  "path-invalid": "A file name cannot be packed: not UTF-8, a control character, a backslash. Rename it.",
  "path-duplicate": "Two names are the same once normalised (Unicode NFC). Rename one.",
  "path-case": "Two names differ in upper and lower case only, and collide on some file systems. Rename one.",
  "directory-empty": "A directory holds no file and is not stored. Add a file or remove it.",
  "file-secret": "A file looks like a secret by its name. Remove or ignore it, or allow it explicitly.",
  "file-state":
    "A file looks like the private state of a runtime by its name. Remove or ignore it, or allow it explicitly.",
  "file-local-override": "A file is somebody's local override and was left out. Allow it explicitly to pack it.",
  "file-large": "A file holds more than 10 MiB.",
  "layer-large": "A layer is large: everybody who installs it downloads it.",
  "layer-too-large": "A layer is larger than its limit. Leave files out, or raise the limit explicitly.",
  "tree-too-deep": "Directories nest too deep, or hold too many files.",
} as const;

/** DiagnosticCode names a finding of `readTree`. */
export type DiagnosticCode = keyof typeof diagnosticCodes;
