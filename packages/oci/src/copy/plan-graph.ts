import { type Descriptor, dataOf } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { OciError } from "../error.ts";
import { maxGraphDepth, maxGraphNodes, tooDeep } from "../graph.ts";
import type { Limit } from "../limit.ts";
import { childrenOf, type ParsedManifest, subjectOf } from "../manifest.ts";
import { isManifestType } from "../media-type.ts";
import { fetchManifest } from "../storage.ts";
import type { CopyDestination, CopyGraphOptions, CopySource } from "./copy-options.ts";

/** GraphNode is one manifest or blob to copy. */
export interface GraphNode {
  readonly descriptor: Descriptor;
  readonly source: CopySource;
  /** Distance from the root, in manifests. */
  readonly depth: number;
  /** What must be at the destination before this node. */
  readonly children: Digest[];
  /** Exact bytes, where they are known already. */
  bytes?: Uint8Array | undefined;
  /** Whether the destination is known to have it; undefined when it must be asked. */
  present: boolean | undefined;
}

/** PlannedGraph is everything a copy moves, children by digest. */
export interface PlannedGraph {
  readonly nodes: ReadonlyMap<Digest, GraphNode>;
  /** Tags of companions. */
  readonly tags: readonly { readonly descriptor: Descriptor; readonly reference: string }[];
}

/** PlanOptions are those of the copy that bear on its plan. */
export interface PlanOptions extends Pick<CopyGraphOptions, "referrers" | "companions" | "signal" | "onEvent"> {
  readonly limit: Limit;
  readonly destination: CopyDestination;
}

/** Manifests held in memory between planning and copying; beyond that they are fetched twice. In bytes. */
const memoryBudget = 32 * 1024 * 1024;

/**
 * planGraph finds everything that is reached from `root`. Throws `GRAPH_CYCLE`, `GRAPH_TOO_DEEP`, `GRAPH_TOO_LARGE`, and what reading
 * a manifest throws.
 */
export async function planGraph(source: CopySource, root: Descriptor, options: PlanOptions): Promise<PlannedGraph> {
  const planner = new Planner(options);
  planner.add({ descriptor: root, source, depth: 0 });
  await planner.run();
  assertAcyclic(planner.nodes, root.digest);
  return planner;
}

/** What a manifest leads to. */
interface Found {
  readonly descriptor: Descriptor;
  readonly source: CopySource;
  readonly depth: number;
  readonly reference?: string | undefined;
  readonly present?: true | undefined;
}

class Planner implements PlannedGraph {
  readonly nodes = new Map<Digest, GraphNode>();
  readonly tags: { descriptor: Descriptor; reference: string }[] = [];
  readonly #options: PlanOptions;
  #level: GraphNode[] = [];
  #held = 0;

  constructor(options: PlanOptions) {
    this.#options = options;
  }

  add({ descriptor, source, depth, reference, present }: Found): void {
    if (reference !== undefined) this.tags.push({ descriptor, reference });
    const known = this.nodes.get(descriptor.digest);
    if (known !== undefined) {
      assertSameContent(known.descriptor, descriptor);
      return;
    }
    if (depth > maxGraphDepth) throw tooDeep();
    if (this.nodes.size >= maxGraphNodes) {
      throw new OciError("GRAPH_TOO_LARGE", `the artifact reaches more than ${maxGraphNodes} blobs and manifests`);
    }
    const node: GraphNode = { descriptor, source, depth, children: [], bytes: dataOf(descriptor), present };
    this.nodes.set(descriptor.digest, node);
    if (isManifestType(descriptor.mediaType)) this.#level.push(node);
  }

  async run(): Promise<void> {
    while (this.#level.length > 0) {
      const level = this.#level;
      this.#level = [];
      const found = await Promise.all(level.map((node) => this.#options.limit(() => this.#expand(node))));
      // In the order of the level, so that the plan does not depend on who answered first.
      for (const list of found) for (const item of list) this.add(item);
    }
  }

  async #expand(node: GraphNode): Promise<readonly Found[]> {
    const { descriptor, source } = node;
    const { signal, destination, referrers, companions } = this.#options;
    signal?.throwIfAborted();
    if (destination.complete === true) node.present ??= await destination.exists(descriptor, { signal });
    if (node.present === true && referrers !== true && companions === undefined) return [];
    const parsed = await fetchManifest(source, descriptor, { signal });
    this.#hold(node, parsed.bytes);
    const found = [...(await this.#contentOf(parsed, node)), ...(await this.#companionsOf(parsed, node))];
    node.children.push(...new Set(found.map((item) => item.descriptor.digest)));
    return [...found, ...(await this.#referrersOf(node))];
  }

  async #contentOf(parsed: ParsedManifest, { source, depth, present }: GraphNode): Promise<readonly Found[]> {
    const subject = await this.#subjectIn(parsed, source);
    const children = childrenOf(parsed).map((descriptor) => ({
      descriptor,
      source,
      depth: depth + 1,
      present: present || undefined,
    }));
    return subject === undefined ? children : [...children, { descriptor: subject, source, depth: depth + 1 }];
  }

  async #companionsOf(parsed: ParsedManifest, node: GraphNode): Promise<readonly Found[]> {
    const companions = (await this.#options.companions?.(parsed, node.descriptor, node.source)) ?? [];
    return companions.map(({ descriptor, source = node.source, reference }) => ({
      descriptor,
      source,
      reference,
      depth: node.depth + 1,
    }));
  }

  /** A referrer is no child: it comes after the manifest that it refers to. */
  async #referrersOf({ descriptor, source, depth }: GraphNode): Promise<readonly Found[]> {
    if (this.#options.referrers !== true) return [];
    if (source.predecessors === undefined) throw new Error("this source cannot list referrers");
    const referrers = await source.predecessors(descriptor, { signal: this.#options.signal });
    return referrers.map((referrer) => ({ descriptor: referrer, source, depth: depth + 1 }));
  }

  /** A manifest may refer to a subject that is not there (distribution specification): that is no error. */
  async #subjectIn(parsed: ParsedManifest, source: CopySource): Promise<Descriptor | undefined> {
    const subject = subjectOf(parsed);
    if (subject === undefined || this.nodes.has(subject.digest)) return subject;
    if (await source.exists(subject, { signal: this.#options.signal })) return subject;
    this.#options.onEvent?.({ type: "skipped", descriptor: subject, reason: "missing-subject" });
    return undefined;
  }

  #hold(node: GraphNode, bytes: Uint8Array): void {
    if (this.#held + bytes.byteLength > memoryBudget) return;
    this.#held += bytes.byteLength;
    node.bytes = bytes;
  }
}

/** One digest under two sizes or, for a manifest, two media types would be two contents to two readers. */
function assertSameContent(known: Descriptor, again: Descriptor): void {
  const differs =
    known.size !== again.size ||
    (known.mediaType !== again.mediaType && (isManifestType(known.mediaType) || isManifestType(again.mediaType)));
  if (!differs) return;
  const [a, b] = [known, again].map(({ mediaType, size }) => `${mediaType} of ${size} bytes`);
  throw new OciError("MANIFEST_INVALID", `${known.digest} is described in two ways: as ${a} and as ${b}`);
}

function assertAcyclic(nodes: ReadonlyMap<Digest, GraphNode>, root: Digest): void {
  const waiting = new Map<Digest, number>();
  const parents = new Map<Digest, Digest[]>();
  for (const [digest, { children }] of nodes) {
    waiting.set(digest, children.length);
    for (const child of children) {
      const known = parents.get(child);
      if (known === undefined) parents.set(child, [digest]);
      else known.push(digest);
    }
  }
  const ready = [...waiting].filter(([, count]) => count === 0).map(([digest]) => digest);
  for (let digest = ready.pop(); digest !== undefined; digest = ready.pop()) {
    waiting.delete(digest);
    for (const parent of parents.get(digest) ?? []) {
      const left = (waiting.get(parent) ?? 0) - 1;
      waiting.set(parent, left);
      if (left === 0) ready.push(parent);
    }
  }
  const [stuck] = waiting.keys();
  if (stuck === undefined) return;
  throw new OciError(
    "GRAPH_CYCLE",
    `manifests reached from ${root} refer to each other in a circle, e.g. through ${stuck}`,
  );
}
