import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { OciError } from "../error.ts";
import { createLimit, type Limit } from "../limit.ts";
import { bytesContent, type Chunks, type Content, fetchContent } from "../storage.ts";
import { passHeld } from "../verify-content.ts";
import type {
  CopyDestination,
  CopyEvent,
  CopyGraphOptions,
  CopySource,
  TaggedDestination,
  TaggedSource,
} from "./copy-options.ts";
import { type GraphNode, type PlannedGraph, planGraph } from "./plan-graph.ts";

/** CopyOptions tune {@link copy}. */
export type CopyOptions = CopyGraphOptions;

const defaultConcurrency = 4;

/**
 * copy moves an artifact and everything it reaches, and tags it at the destination with `destinationReference`, or else with
 * `sourceReference`. The digest stays; what the destination has is skipped; children come before parents, the tag comes last.
 * Returns the descriptor of the artifact. Throws what source and destination throw, and `GRAPH_…`.
 */
export async function copy(
  source: TaggedSource,
  sourceReference: string,
  destination: TaggedDestination,
  destinationReference: string = sourceReference,
  options: CopyOptions = {},
): Promise<Descriptor> {
  const { signal } = options;
  const root = await source.resolve(sourceReference, { signal });
  if (await isDone(destination, root, destinationReference, options)) return root;
  const { tags } = await transfer(source, root, destination, options);
  for (const { descriptor, reference } of [...tags, { descriptor: root, reference: destinationReference }]) {
    await destination.tag(descriptor, reference, { signal });
    options.onEvent?.({ type: "tagged", descriptor, reference });
  }
  return root;
}

/** Where a manifest implies its content, a tag that points to it says that nothing is left to do: one request instead of three. */
async function isDone(
  destination: TaggedDestination,
  root: Descriptor,
  reference: string,
  options: CopyOptions,
): Promise<boolean> {
  const { referrers, companions, signal, onEvent } = options;
  if (
    destination.complete !== true ||
    destination.resolve === undefined ||
    referrers === true ||
    companions !== undefined
  )
    return false;
  const current = await destination.resolve(reference, { signal }).catch((error: unknown) => {
    if (error instanceof OciError && error.code === "ERR_STAX_REFERENCE_NOT_FOUND") return undefined;
    throw error;
  });
  if (current?.digest !== root.digest) return false;
  onEvent?.({ type: "planned", descriptors: 1, bytes: root.size });
  onEvent?.({ type: "skipped", descriptor: root, reason: "exists" });
  onEvent?.({ type: "tagged", descriptor: root, reference });
  return true;
}

/** copyGraph moves everything that `root` reaches, without a tag. Throws as {@link copy} does. */
export async function copyGraph(
  source: CopySource,
  root: Descriptor,
  destination: CopyDestination,
  options: CopyGraphOptions = {},
): Promise<void> {
  await transfer(source, root, destination, options);
}

async function transfer(
  source: CopySource,
  root: Descriptor,
  destination: CopyDestination,
  options: CopyGraphOptions,
): Promise<PlannedGraph> {
  const { onEvent, signal } = options;
  const limit = createLimit(options.concurrency ?? defaultConcurrency);
  const plan = await planGraph(source, root, { ...options, limit, destination });
  const nodes = [...plan.nodes.values()];
  const bytes = nodes.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  onEvent?.({ type: "planned", descriptors: nodes.length, bytes });
  await new Transfer(plan, destination, { limit, onEvent, signal }).run();
  return plan;
}

interface TransferOptions extends Pick<CopyGraphOptions, "signal" | "onEvent"> {
  readonly limit: Limit;
}

/** Transfer brings the nodes of a plan to a destination, children before parents. The first failure stops the rest. */
class Transfer {
  readonly #plan: PlannedGraph;
  readonly #destination: CopyDestination;
  readonly #options: TransferOptions;
  readonly #placed = new Map<Digest, Promise<void>>();
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;

  constructor(plan: PlannedGraph, destination: CopyDestination, options: TransferOptions) {
    this.#plan = plan;
    this.#destination = destination;
    this.#options = options;
    const { signal } = options;
    this.#signal = signal === undefined ? this.#failed.signal : AbortSignal.any([signal, this.#failed.signal]);
  }

  /** Nothing runs any more when it returns or throws. */
  async run(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    const all = [...this.#plan.nodes.keys()].map((digest) =>
      this.#place(digest).catch((error: unknown) => {
        failure ??= { error };
        this.#failed.abort();
      }),
    );
    await Promise.all(all);
    if (failure !== undefined) throw failure.error;
  }

  #place(digest: Digest): Promise<void> {
    const known = this.#placed.get(digest);
    if (known !== undefined) return known;
    const node = this.#plan.nodes.get(digest);
    if (node === undefined) throw new Error(`${digest} is not planned`);
    const placed = Promise.all(node.children.map((child) => this.#place(child))).then(() =>
      this.#options.limit(() => this.#transfer(node)),
    );
    this.#placed.set(digest, placed);
    return placed;
  }

  async #transfer(node: GraphNode): Promise<void> {
    const { descriptor } = node;
    const { onEvent } = this.#options;
    const signal = this.#signal;
    signal.throwIfAborted();
    if (node.present ?? (await this.#destination.exists(descriptor, { signal }))) {
      onEvent?.({ type: "skipped", descriptor, reason: "exists" });
      return;
    }
    if (await this.#destination.mountFrom?.(node.source, descriptor, { signal })) {
      onEvent?.({ type: "mounted", descriptor });
      return;
    }
    await this.#destination.push(descriptor, this.#contentOf(node), { signal });
    onEvent?.({ type: "copied", descriptor });
  }

  #contentOf({ descriptor, source, bytes }: GraphNode): Content {
    const { onEvent } = this.#options;
    const content: Content =
      bytes === undefined ? fetchContent(source, descriptor, { signal: this.#signal }) : bytesContent(bytes);
    return {
      ...(bytes === undefined && { verified: descriptor.digest }),
      open: async () => {
        onEvent?.({ type: "started", descriptor });
        return counted(await content.open(), descriptor, onEvent);
      },
    };
  }
}

function counted(chunks: Chunks, descriptor: Descriptor, onEvent: ((event: CopyEvent) => void) | undefined): Chunks {
  if (onEvent === undefined) return chunks;
  async function* count() {
    for await (const chunk of chunks) {
      yield chunk;
      onEvent?.({ type: "progress", descriptor, bytes: chunk.byteLength });
    }
  }
  return passHeld(chunks, count());
}
