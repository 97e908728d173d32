import { type Descriptor, plainDescriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { OciError } from "./error.ts";
import { annotationsOf, artifactTypeOf, childrenOf, type ParsedManifest, subjectOf } from "./manifest.ts";
import { isIndexType, isManifestType } from "./media-type.ts";

/** maxGraphNodes bounds what one artifact may reach. */
export const maxGraphNodes = 100_000;

/** maxGraphDepth bounds how deep indexes and manifests may be nested. */
export const maxGraphDepth = 64;

/** ManifestLinks is what a graph walk needs of a manifest; small enough to be remembered for thousands. */
export interface ManifestLinks {
  readonly children: readonly Descriptor[];
  readonly subject: Digest | undefined;
  /** The manifest's own, not its config's. */
  readonly artifactType: string | undefined;
  /** The manifest as the referrers API describes it: with its artifact type and annotations. */
  readonly referrer: Descriptor;
}

/** LinkReader reads the links of a manifest; undefined where the store does not hold it (a layout may be sparse). */
export type LinkReader = (manifest: Descriptor) => Promise<ManifestLinks | undefined>;

/** linksOf takes the links out of a parsed manifest. */
export function linksOf(descriptor: Descriptor, parsed: ParsedManifest): ManifestLinks {
  const artifactType = artifactTypeOf(parsed);
  const annotations = annotationsOf(parsed);
  const { mediaType, digest, size } = descriptor;
  return {
    children: childrenOf(parsed).map(plainDescriptor),
    subject: subjectOf(parsed)?.digest,
    artifactType: (parsed.kind === "index" ? parsed.index : parsed.manifest).artifactType || undefined,
    referrer: {
      mediaType,
      digest,
      size,
      ...(artifactType !== undefined && { artifactType }),
      ...(annotations !== undefined && { annotations }),
    },
  };
}

/** ReferrersBySubject lists referrers by the digest of their subject, each list sorted by digest. */
export type ReferrersBySubject = ReadonlyMap<Digest, readonly Descriptor[]>;

/**
 * collectReferrers finds all manifests with a subject that are reachable from `roots`. An index under the fallback tag
 * `sha256-<hex>` is a root like any other: its entries count by the subject that they really name. `complete` is false when a
 * manifest was missing.
 */
export async function collectReferrers(
  roots: readonly Descriptor[],
  read: LinkReader,
): Promise<{ readonly bySubject: ReferrersBySubject; readonly complete: boolean }> {
  const bySubject = new Map<Digest, Descriptor[]>();
  let complete = true;
  const reading: LinkReader = async (manifest) => {
    const links = await read(manifest);
    if (links === undefined) complete = false;
    return links;
  };
  await walk(roots, reading, ({ subject, referrer, children }) => {
    if (subject !== undefined) {
      const known = bySubject.get(subject);
      if (known === undefined) bySubject.set(subject, [referrer]);
      else known.push(referrer);
    }
    return children.filter(({ mediaType }) => isManifestType(mediaType));
  });
  for (const referrers of bySubject.values()) referrers.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  return { bySubject, complete };
}

/**
 * findReachable lists every digest that `roots` are made of, themselves included; subjects are no part of what refers to them.
 * `readForeign` lists the digests that a manifest of another standard may mean.
 */
export async function findReachable(
  roots: readonly Descriptor[],
  read: LinkReader,
  readForeign: (descriptor: Descriptor) => Promise<readonly Digest[]>,
): Promise<ReadonlySet<Digest>> {
  const reached = new Set<Digest>();
  const foreign = new Map<Digest, Descriptor>();
  const add = (descriptor: Descriptor, isManifest: boolean) => {
    reached.add(descriptor.digest);
    if (isManifest && !isManifestType(descriptor.mediaType)) foreign.set(descriptor.digest, descriptor);
  };
  for (const root of roots) add(root, true);
  await walk(roots, read, (links) => {
    for (const child of links.children) add(child, isIndexType(links.referrer.mediaType));
    return links.children;
  });
  for (const descriptor of foreign.values()) {
    for (const digest of await readForeign(descriptor)) reached.add(digest);
  }
  return reached;
}

async function walk(
  roots: readonly Descriptor[],
  read: LinkReader,
  visit: (links: ManifestLinks) => readonly Descriptor[],
): Promise<void> {
  const seen = new Set<Digest>();
  let level = roots;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxGraphDepth) throw tooDeep();
    const next: Descriptor[] = [];
    for (const node of level) {
      if (seen.has(node.digest) || !isManifestType(node.mediaType)) continue;
      seen.add(node.digest);
      const links = await read(node);
      if (links !== undefined) next.push(...visit(links));
    }
    level = next;
  }
}

/** tooDeep is the error for a graph deeper than {@link maxGraphDepth}. */
export function tooDeep(): OciError {
  return new OciError("GRAPH_TOO_DEEP", `manifests are nested deeper than ${maxGraphDepth} levels`);
}
