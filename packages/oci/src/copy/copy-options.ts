import type { Descriptor } from "../descriptor.ts";
import type { ParsedManifest } from "../manifest.ts";
import type {
  PredecessorFinder,
  Pusher,
  ReadOnlyStorage,
  ReferenceResolver,
  StorageOptions,
  Tagger,
} from "../storage.ts";

/** CopySource is what a graph is copied from; referrers need a source that can list them. */
export interface CopySource extends ReadOnlyStorage, Partial<PredecessorFinder> {}

/** CopyDestination is what a graph is copied to. */
export interface CopyDestination extends ReadOnlyStorage, Pusher {
  /**
   * Whether a manifest that exists implies everything it is made of, as in a registry: then that is not asked for again.
   * A layout may be sparse, so it says nothing.
   */
  readonly complete?: boolean;
  /** Takes content over from a source that shares its storage, without moving bytes; false when it must be pushed. */
  mountFrom?(source: CopySource, target: Descriptor, options?: StorageOptions): Promise<boolean>;
}

/** TaggedSource is a source whose artifacts have tags. */
export interface TaggedSource extends CopySource, ReferenceResolver {}

/** TaggedDestination is a destination whose artifacts have tags. */
export interface TaggedDestination extends CopyDestination, Tagger, Partial<ReferenceResolver> {}

/** Companion is an artifact that travels along with a manifest although the manifest does not name it as OCI content. */
export interface Companion {
  readonly descriptor: Descriptor;
  /** Where it is, when not where its manifest is. */
  readonly source?: CopySource;
  /** The tag that it gets at the destination, so that no garbage collection takes it; {@link copyGraph} does not tag. */
  readonly reference?: string;
}

/** CompanionFinder names the companions of a manifest; it is asked once for every manifest and index of the graph, companions included. */
export type CompanionFinder = (
  manifest: ParsedManifest,
  descriptor: Descriptor,
  source: CopySource,
) => Promise<readonly Companion[]>;

/** CopyEvent tells how a copy goes. */
export type CopyEvent =
  /** The whole graph is known; sizes in bytes. */
  | { readonly type: "planned"; readonly descriptors: number; readonly bytes: number }
  | { readonly type: "started"; readonly descriptor: Descriptor }
  /** `bytes` more have been read for this descriptor; a retry starts over with `started`. */
  | { readonly type: "progress"; readonly descriptor: Descriptor; readonly bytes: number }
  | { readonly type: "copied"; readonly descriptor: Descriptor }
  /** Taken over from another repository of the same registry. */
  | { readonly type: "mounted"; readonly descriptor: Descriptor }
  | { readonly type: "skipped"; readonly descriptor: Descriptor; readonly reason: "exists" | "missing-subject" }
  | { readonly type: "tagged"; readonly descriptor: Descriptor; readonly reference: string };

/** CopyGraphOptions tune {@link copyGraph}. */
export interface CopyGraphOptions {
  /** Transfers at once (default 4). */
  readonly concurrency?: number | undefined;
  /** Take the referrers of every manifest along: signatures, attestations (default false). */
  readonly referrers?: boolean | undefined;
  readonly companions?: CompanionFinder | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: CopyEvent) => void) | undefined;
}
