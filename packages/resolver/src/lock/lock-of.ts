import { canonicalJson } from "@stax/layers";
import { digestOf } from "@stax/oci";
import { compareBytes, specVersion } from "@stax/schema";
import { type GraphRoot, nodesOf, type PackageGraph, type PackageNode } from "../graph/package-graph.ts";
import type { Lock, LockEntry } from "./lock.ts";

export interface LockOfOptions {
  /** The lock that is replaced: who signed what has not changed is kept. */
  readonly previous?: Lock | undefined;
  /** The graph is that of the whole workspace; else entries and requests of other definitions are kept. */
  readonly complete?: boolean | undefined;
}

/** lockOf is the lock of a graph. It depends on the graph alone, so the lock of a graph that was resolved with it is the same again. */
export function lockOf({ roots }: Pick<PackageGraph, "roots">, options: LockOfOptions = {}): Lock {
  const { previous, complete = false } = options;
  const entries = entriesOf(roots);
  const answered = new Set([...entries.values()].flatMap((entry) => entry.requested ?? []));
  const kept = complete
    ? []
    : Object.entries(previous?.packages ?? {}).filter(
        ([key, entry]) => !entries.has(key) && !isReplaced(entry, answered),
      );
  const current = [...entries].map(
    ([key, entry]) => [key, withPrevious(entry, previous?.packages[key], complete)] as const,
  );
  const packages = [...kept, ...current].sort(([a], [b]) => compareBytes(a, b));
  return { lockVersion: 1, specVersion, packages: Object.fromEntries(packages) };
}

/**
 * lockDigest is the digest of the canonical JSON of the entries that a definition reaches, without signers and with its own requests only
 * (decision A30): what else is in the workspace does not change it. `undefined` without packages.
 */
export function lockDigest(root: Pick<GraphRoot, "name" | "requests" | "dependencies">): string | undefined {
  if (root.dependencies.length === 0) return undefined;
  return digestOf(canonicalJson(Object.fromEntries(entriesOf([root]))));
}

// A graph does not change, and is compared with its lock before it is written.
const known = new WeakMap<readonly GraphRoot[], ReadonlyMap<string, LockEntry>>();

/** entriesOf makes the entries of what roots reach. */
export function entriesOf(roots: readonly GraphRoot[]): ReadonlyMap<string, LockEntry> {
  const entries = known.get(roots) ?? makeEntries(roots);
  known.set(roots, entries);
  return entries;
}

function makeEntries(roots: readonly GraphRoot[]): ReadonlyMap<string, LockEntry> {
  const nodes = nodesOf(roots);
  const requested = requestsOf(roots, nodes);
  return new Map(nodes.map((node) => [node.key, entryOf(node, requested.get(node.key) ?? new Set())]));
}

function entryOf({ requests, path, digest, repository }: PackageNode, requested: ReadonlySet<string>): LockEntry {
  // One for each declaration, though two lead to one package: a lock tells by the place what a range was resolved to.
  const dependencies = requests.map(({ key }) => key);
  if (path !== undefined) return { dependencies };
  return {
    dependencies,
    ...(digest === undefined ? {} : { digest }),
    requested: [...requested].sort(compareBytes),
    ...(repository === undefined ? {} : { resolved: repository }),
  };
}

/** What the workspace's own definitions wrote; a published package asks for the exact reference that it led to. */
function requestsOf(
  roots: readonly GraphRoot[],
  nodes: readonly PackageNode[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const requested = new Map<string, Set<string>>();
  const add = ({ requests, dependencies }: Pick<GraphRoot, "requests" | "dependencies">, own: boolean) => {
    for (const [index, { declared, key }] of requests.entries()) {
      const target = dependencies[index]?.key ?? key;
      requested.set(target, (requested.get(target) ?? new Set()).add(own ? declared : key));
    }
  };
  for (const root of roots) add(root, true);
  for (const node of nodes) add(node, node.path !== undefined);
  return requested;
}

// What is asked for in the same words leads elsewhere now, for whoever asks.
const isReplaced = ({ requested = [] }: LockEntry, answered: ReadonlySet<string>): boolean =>
  requested.length > 0 && requested.every((words) => answered.has(words));

function withPrevious(entry: LockEntry, previous: LockEntry | undefined, complete: boolean): LockEntry {
  if (previous === undefined || entry.digest !== previous.digest) return entry;
  const { signer, requested = [] } = previous;
  return {
    ...entry,
    ...(complete || entry.requested === undefined
      ? {}
      : { requested: [...new Set([...entry.requested, ...requested])].sort(compareBytes) }),
    ...(signer === undefined ? {} : { signer }),
  };
}
