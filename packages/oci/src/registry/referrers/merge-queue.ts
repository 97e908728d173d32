import type { Descriptor } from "../../descriptor.ts";
import type { Digest } from "../../digest.ts";

/** Change adds a referrer to a list, or takes one out of it. */
export type Change = { readonly add: Descriptor } | { readonly remove: Digest };

interface Waiting {
  readonly change: Change;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * MergeQueue collects changes of one list while it is being written, so that many become one write and none gets lost. Every write
 * gets all changes so far, the latest for each referrer: what another process has undone is done again.
 */
export class MergeQueue {
  readonly #write: (changes: readonly Change[]) => Promise<void>;
  readonly #changes = new Map<Digest, Change>();
  #waiting: Waiting[] = [];
  #runs = false;

  constructor(write: (changes: readonly Change[]) => Promise<void>) {
    this.#write = write;
  }

  /** add resolves when the change is written. */
  add(change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      if (!this.#runs) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#runs = true;
    // Whoever attaches in the same turn comes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (const { change } of batch) this.#changes.set("add" in change ? change.add.digest : change.remove, change);
      try {
        await this.#write([...this.#changes.values()]);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { change } of batch) this.#changes.delete("add" in change ? change.add.digest : change.remove);
        for (const { reject } of batch) reject(error);
      }
    }
    this.#runs = false;
  }
}
