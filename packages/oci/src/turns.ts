import { AsyncLocalStorage } from "node:async_hooks";

/** Turns lets one of several that do the same at once do it, while the others wait for what becomes of it. */
export class Turns {
  readonly #running = new Map<string, Promise<boolean>>();
  readonly #within = new AsyncLocalStorage<ReadonlySet<string>>();

  /**
   * run does the work unless another one does it under the same key: then it waits for that, and does it itself where that failed, was given
   * up or did not succeed (false). Work that leads back here under its own key does not wait for itself. Returns what the work returns, true
   * where another one's did. Throws what its own work throws, and the signal's reason.
   */
  async run(key: string, work: () => Promise<boolean>, signal: AbortSignal | undefined): Promise<boolean> {
    const within = this.#within.getStore();
    if (within?.has(key) === true) return work();
    for (;;) {
      signal?.throwIfAborted();
      const running = this.#running.get(key);
      if (running === undefined) break;
      if (await until(running, signal)) return true;
    }
    const result = this.#within.run(new Set([...(within ?? []), key]), work);
    this.#running.set(
      key,
      result.catch(() => false),
    );
    try {
      return await result;
    } finally {
      this.#running.delete(key);
    }
  }
}

/** Waits for another's work; what waits is let go when its own signal says so. */
function until(running: Promise<boolean>, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal === undefined) return running;
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason);
    signal.addEventListener("abort", give, { once: true });
    void running.then((isDone) => {
      signal.removeEventListener("abort", give);
      resolve(isDone);
    });
  });
}
