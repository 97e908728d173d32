import type { Chunks } from "../../storage.ts";
import type { RequestBody } from "./exchange.ts";
import { IdleTimer } from "./idle-timer.ts";
import { readAhead } from "./read-ahead.ts";
import { countGarbage } from "./young-garbage.ts";

const blockSize = 512 * 1024;

/** ContentFailure carries a failure of the source of a body, which is no failure of the registry. */
export class ContentFailure extends Error {}

/** BodySender opens a request's body, counts it and watches over the socket that takes it. */
export class BodySender {
  readonly #body: RequestBody;
  readonly #idle: IdleTimer;
  #stopped = false;
  #sent = 0;
  #failure: unknown;
  #failed = false;

  /** `stalled` is called when the socket takes nothing for `idle` milliseconds. */
  constructor(body: RequestBody, idle: number, stalled: (error: Error) => void) {
    this.#body = body;
    this.#idle = new IdleTimer(idle, stalled);
  }

  /** What the source threw, if it did. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failed ? { error: this.#failure } : undefined;
  }

  /** Whether the last byte has been given out. */
  get isComplete(): boolean {
    return this.#sent === this.#body.size;
  }

  /** Yields the body; throws when it is not as long as announced, so that no server waits for the rest. */
  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of await this.#open()) {
        if (this.#stopped) break;
        this.#count(chunk);
        this.#idle.start();
        yield chunk;
        this.#idle.pause();
        countGarbage(chunk.byteLength);
        if (this.#stopped) break;
      }
      if (!this.#stopped && !this.isComplete) throw wrongLength(`${this.#sent}`, this.#body.size);
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      this.#idle.stop();
    }
    // A request that ended here would leave a connection whose next bytes the server takes for the rest of this body.
    if (!this.isComplete) await new Promise<never>(() => undefined);
  }

  /** Ends the sending: an answer came before the body was sent, or nobody wants one any more. */
  stop(): void {
    this.#stopped = true;
    this.#idle.stop();
  }

  async #open(): Promise<Chunks> {
    const chunks = await this.#body.open();
    return this.#body.size > blockSize ? readAhead(chunks, blockSize) : chunks;
  }

  #count({ byteLength }: Uint8Array): void {
    if (this.#sent + byteLength > this.#body.size) throw wrongLength("more", this.#body.size);
    this.#sent += byteLength;
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.#failed = true;
    this.#failure = error;
  }
}

const wrongLength = (actual: string, expected: number): Error =>
  new ContentFailure(`the content has ${actual} bytes instead of ${expected}`);
