import type { Digest } from "../digest.ts";

/** ManifestMemory remembers the bytes of manifests that were just pushed, so that tagging them need not fetch them. */
export class ManifestMemory {
  readonly #bytes = new Map<Digest, Uint8Array>();
  readonly #budget: number;
  #held = 0;

  /** `budget` in bytes; the oldest are forgotten first. */
  constructor(budget: number = 8 * 1024 * 1024) {
    this.#budget = budget;
  }

  get(digest: Digest): Uint8Array | undefined {
    return this.#bytes.get(digest);
  }

  add(digest: Digest, bytes: Uint8Array): void {
    if (this.#bytes.has(digest) || bytes.byteLength > this.#budget) return;
    this.#bytes.set(digest, bytes);
    this.#held += bytes.byteLength;
    for (const [oldest, { byteLength }] of this.#bytes) {
      if (this.#held <= this.#budget) break;
      this.#bytes.delete(oldest);
      this.#held -= byteLength;
    }
  }
}
