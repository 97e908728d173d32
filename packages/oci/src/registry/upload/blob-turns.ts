import type { Digest } from "../../digest.ts";
import { Turns } from "../../turns.ts";
import type { Expected } from "../../verify-content.ts";
import type { Session } from "./session.ts";

/** A question whether a blob is there, until it is answered. */
interface Look {
  isStale: boolean;
}

/**
 * BlobTurns is what a client knows of the blobs of one repository, for all that work with it. Nobody stores a blob that somebody else
 * is storing: registries that write their links in place (distribution 2.8) refuse manifests while a blob comes a second time.
 */
export class BlobTurns {
  readonly #turns = new Turns();
  readonly #looks = new Map<Digest, Set<Look>>();
  readonly #absent = new Set<Digest>();
  /** Uploads that a mount left open, by what they are for. */
  readonly #opened = new Map<Digest, Session>();

  /**
   * store does the work unless another one stores the same blob: then it waits for that, and does it itself where that failed or was
   * given up. The work returns whether the blob is there now, and so does this. Throws what its own work throws, and the signal's reason.
   */
  store(target: Expected, work: () => Promise<boolean>, signal: AbortSignal | undefined): Promise<boolean> {
    const storing = async () => {
      const isStored = await work();
      if (isStored) this.#stored(target.digest);
      return isStored;
    };
    // Who lies about a size hears it from the registry.
    return this.#turns.run(`${target.digest} ${target.size}`, storing, signal);
  }

  /** look asks for a blob; that it is not there (undefined) is remembered until somebody stores it. */
  async look<T>(digest: Digest, ask: () => Promise<T | undefined>): Promise<T | undefined> {
    const look: Look = { isStale: false };
    const looks = this.#looks.get(digest) ?? new Set();
    this.#looks.set(digest, looks.add(look));
    try {
      const found = await ask();
      if (found === undefined && !look.isStale) this.#absent.add(digest);
      return found;
    } finally {
      looks.delete(look);
      if (looks.size === 0) this.#looks.delete(digest);
    }
  }

  /** takeAbsent tells, once, whether the blob was not there a moment ago. */
  takeAbsent(digest: Digest): boolean {
    return this.#absent.delete(digest);
  }

  /** leaveOpen keeps an upload for whoever stores the blob. */
  leaveOpen(digest: Digest, session: Session): void {
    this.#opened.set(digest, session);
  }

  /** takeOpened is an upload that was left open, once. */
  takeOpened(digest: Digest): Session | undefined {
    const opened = this.#opened.get(digest);
    this.#opened.delete(digest);
    return opened;
  }

  #stored(digest: Digest): void {
    this.#absent.delete(digest);
    for (const look of this.#looks.get(digest) ?? []) look.isStale = true;
  }
}
