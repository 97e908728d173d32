import { isDigest } from "@stax/oci";
import { ResolveError } from "../error.ts";
import { Halted, type Limit } from "../limit.ts";
import type { LockIndex } from "../lock/lock-index.ts";
import { repositoryText } from "../reference.ts";
import type { LoadedEdge, LoadedPackage, PackageLoader } from "./load-package.ts";
import { isUnreachable, type Outcome, outcomeOf } from "./outcome.ts";
import { digestTarget, type Target } from "./target.ts";

/** maxDepth is how many levels packages may build on each other. */
export const maxDepth = 32;
const maxPackages = 10_000;

/** Pins are digests by exact reference or by repository. */
export type Pins = Readonly<Record<string, string>>;

export interface GraphLoaderOptions {
  readonly lock: LockIndex;
  readonly frozen: boolean;
  readonly limit: Limit;
}

/** GraphLoader loads everything that roots reach, each package once, as fast as its loader's limit lets it. */
export class GraphLoader {
  readonly #loader: Pick<PackageLoader, "load">;
  readonly #options: GraphLoaderOptions;
  readonly #loading = new Map<string, Promise<Outcome<LoadedPackage>>>();
  readonly #loaded = new Map<string, Outcome<LoadedPackage>>();
  #stopped = false;

  constructor(loader: Pick<PackageLoader, "load">, options: GraphLoaderOptions) {
    this.#loader = loader;
    this.#options = options;
  }

  /** outcome of a package; `undefined` where it was not tried, because the network had failed before or it lies too deep. */
  outcome(target: Target): Outcome<LoadedPackage> | undefined {
    return this.#loaded.get(target.key);
  }

  /** load loads what these edges reach under these pins. It fails only for graphs that no one means. */
  async load(edges: readonly LoadedEdge[], pins: Pins): Promise<void> {
    const depths = new Map<string, number>();
    const visitAll = async (next: readonly LoadedEdge[], depth: number): Promise<void> => {
      if (depth > maxDepth || this.#stopped) return;
      const visits: Promise<void>[] = [];
      for (const { outcome } of next) {
        if (!outcome.ok) continue;
        const target = this.pinned(outcome.value, pins);
        // A shorter way to a package may bring what lies below it within the limit: what is loaded does not depend on time.
        if ((depths.get(target.key) ?? Number.POSITIVE_INFINITY) <= depth) continue;
        depths.set(target.key, depth);
        visits.push(visit(target, depth));
      }
      await Promise.all(visits);
    };
    const visit = async (target: Target, depth: number): Promise<void> => {
      const outcome = await this.#loadOnce(target);
      if (outcome?.ok === true && depths.get(target.key) === depth) await visitAll(outcome.value.edges, depth + 1);
    };
    await visitAll(edges, 1);
  }

  /** pinned replaces a target by what an override pins. */
  pinned(target: Target, pins: Pins): Target {
    const { repository, tag, ref } = target;
    if (repository === undefined || Object.keys(pins).length === 0) return target;
    const digest = pins[ref] ?? pins[repositoryText(repository)];
    if (!isDigest(digest)) return target;
    const pinned = { ...digestTarget(repository, digest, tag), pinned: true };
    return this.#options.frozen && this.#options.lock.entry(pinned.key) === undefined
      ? { ...pinned, unlocked: true }
      : pinned;
  }

  async #loadOnce(target: Target): Promise<Outcome<LoadedPackage> | undefined> {
    const known = this.#loading.get(target.key);
    if (known !== undefined) return known;
    if (this.#stopped) return undefined;
    if (this.#loading.size >= maxPackages) {
      this.#stop();
      throw new ResolveError(
        "DEPENDENCY_COUNT",
        `more than ${maxPackages} packages are needed, the last one ${target.key}`,
      );
    }
    const loading = this.#load(target);
    this.#loading.set(target.key, loading);
    return loading;
  }

  async #load(target: Target): Promise<Outcome<LoadedPackage>> {
    const outcome = await outcomeOf(() => this.#loader.load(target));
    const failures = outcome.ok ? outcome.value.edges.map((edge) => edge.outcome) : [outcome];
    if (failures.some((failure) => !failure.ok && isUnreachable(failure.error))) this.#stop();
    if (outcome.ok || !(outcome.error instanceof Halted)) this.#loaded.set(target.key, outcome);
    return outcome;
  }

  #stop(): void {
    this.#stopped = true;
    this.#options.limit.halt();
  }
}
