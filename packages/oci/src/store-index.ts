import { type Annotations, type Descriptor, plainDescriptor } from "./descriptor.ts";
import { isDigest } from "./digest.ts";
import { OciError } from "./error.ts";
import { type Index, parseManifest } from "./manifest.ts";
import { mediaTypes } from "./media-type.ts";
import type { StoreEntry } from "./storage.ts";
import { isJsonObject, parseStrictJson } from "./strict-json.ts";

/** refNameAnnotation holds the tag of an entry of `index.json` (image specification, "Pre-Defined Annotation Keys"). */
export const refNameAnnotation = "org.opencontainers.image.ref.name";

/** emptyIndex is what `index.json` of a new layout says. */
export const emptyIndex: Index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };

/** maxIndexSize bounds `index.json`, in bytes: it grows by a line for each tag. */
export const maxIndexSize: number = 32 * 1024 * 1024;

/** parseStoreIndex parses the bytes of `index.json`. Other tools write `null` for an empty list and leave the media type out. */
export function parseStoreIndex(bytes: Uint8Array): Index {
  const document = parseStrictJson(bytes);
  if (!isJsonObject(document) || document.manifests !== null) return indexIn(bytes);
  return indexIn(Buffer.from(JSON.stringify({ ...document, manifests: [] })));
}

/** formatStoreIndex is the inverse of {@link parseStoreIndex}; what other tools wrote stays as it was. */
export function formatStoreIndex(index: Index): Uint8Array {
  return Buffer.from(JSON.stringify(index));
}

/** entriesOf lists the entries of an index; the tag is taken out of the annotations. */
export function entriesOf(index: Index): readonly StoreEntry[] {
  return index.manifests.map((descriptor) => {
    const reference = descriptor.annotations?.[refNameAnnotation];
    return { ...(reference !== undefined && { reference }), descriptor: withoutRefName(descriptor) };
  });
}

/** withTag moves a tag to a manifest, or with a digest for a tag keeps the manifest without one. The same index when nothing changes. */
export function withTag(index: Index, target: Descriptor, reference: string): Index {
  const entry = entryFor(target, reference);
  const same = index.manifests.some((other) => other.digest === target.digest && refNameOf(other) === refNameOf(entry));
  const others = isDigest(reference)
    ? index.manifests
    : index.manifests.filter((other) => refNameOf(other) !== reference || other.digest === target.digest);
  if (same) return others.length === index.manifests.length ? index : { ...index, manifests: others };
  return { ...index, manifests: [...others, entry] };
}

/** withoutTag removes a tag, or with a digest the entry without one. The same index when there is none. */
export function withoutTag(index: Index, reference: string): Index {
  const goes = isDigest(reference)
    ? (entry: Descriptor) => refNameOf(entry) === undefined && entry.digest === reference
    : (entry: Descriptor) => refNameOf(entry) === reference;
  const manifests = index.manifests.filter((entry) => !goes(entry));
  return manifests.length === index.manifests.length ? index : { ...index, manifests };
}

/** findEntry finds the descriptor of a tag or digest. Throws `REFERENCE_AMBIGUOUS` when several manifests carry the tag. */
export function findEntry(index: Index, reference: string, place: string): Descriptor | undefined {
  const found = isDigest(reference)
    ? index.manifests.filter(({ digest }) => digest === reference)
    : index.manifests.filter((entry) => refNameOf(entry) === reference);
  const digests = [...new Set(found.map(({ digest }) => digest))];
  if (digests.length > 1) {
    throw new OciError("REFERENCE_AMBIGUOUS", `${place} has ${digests.length} manifests tagged "${reference}"`, {
      hint: `name one by its digest: ${digests.slice(0, 5).join(", ")}`,
    });
  }
  const [entry] = found;
  return entry === undefined ? undefined : withoutRefName(entry);
}

/** sortedIndex orders entries by tag and digest, for bytes that do not depend on the order of work. */
export function sortedIndex(index: Index): Index {
  const keyed = index.manifests.map((entry) => ({ entry, key: `${refNameOf(entry) ?? ""}\0${entry.digest}` }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return { ...index, manifests: keyed.map(({ entry }) => entry) };
}

/** assertTag checks a tag for a local store: wider than a registry's (`name:1.0`, `library/name:1.0`). Throws `TAG_INVALID`. */
export function assertTag(reference: string): void {
  if (isDigest(reference) || (reference.length <= 255 && tagPattern.test(reference))) return;
  throw new OciError("TAG_INVALID", `"${reference.slice(0, 300)}" cannot be a tag`, {
    hint: "a tag has letters, digits and _ . : @ / + -, and starts with a letter, a digit or _",
  });
}

const tagPattern = /^(?!sha(?:256|512):)[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$/;

const refNameOf = (entry: Descriptor): string | undefined => entry.annotations?.[refNameAnnotation];

function indexIn(bytes: Uint8Array): Index {
  const parsed = parseManifest(bytes, mediaTypes.index, { name: "the index", limit: maxIndexSize });
  if (parsed.kind === "index") return parsed.index;
  throw new Error("an index media type parses to an index");
}

function entryFor(target: Descriptor, reference: string): Descriptor {
  // Not the annotations: those of another store's entry say nothing about the content, and equal content has equal entries.
  const { annotations: _, ...plain } = plainDescriptor(target);
  return isDigest(reference) ? plain : { ...plain, annotations: { [refNameAnnotation]: reference } };
}

function withoutRefName(descriptor: Descriptor): Descriptor {
  if (descriptor.annotations?.[refNameAnnotation] === undefined) return descriptor;
  const { annotations, ...rest } = descriptor;
  const kept: Annotations = Object.fromEntries(
    Object.entries(annotations).filter(([key]) => key !== refNameAnnotation),
  );
  return Object.keys(kept).length === 0 ? rest : { ...rest, annotations: kept };
}
