import { randomUUID } from "node:crypto";
import type { BlobUpload } from "../storage.ts";
import { createTurn, type Turn } from "../turn.ts";
import { ProtocolError } from "./protocol-error.ts";

/** UploadSession is an upload that a client comes back to. */
export interface UploadSession {
  readonly id: string;
  /** The repository. */
  readonly name: string;
  readonly upload: BlobUpload;
  /** Requests of one session wait for each other. */
  readonly turn: Turn;
  /** A chunk below the minimum came: it must have been the last. */
  isComplete: boolean;
  /** Milliseconds of the monotonic clock. */
  touched: number;
  /** Requests under way. */
  active: number;
}

/** SessionLimits bound what clients leave behind. */
export interface SessionLimits {
  /** A session without a request for this long is forgotten, in milliseconds. */
  readonly ttl: number;
  /** How many there may be. */
  readonly max: number;
}

/** UploadSessions keeps the open uploads; they do not survive the process. */
export class UploadSessions {
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<string, UploadSession>();
  readonly #sweep: NodeJS.Timeout;

  constructor(limits: SessionLimits) {
    this.#limits = limits;
    this.#sweep = setInterval(() => void this.#expire(), Math.max(10, Math.min(limits.ttl / 2, 60_000)));
    this.#sweep.unref();
  }

  /** The number of open uploads. */
  get size(): number {
    return this.#sessions.size;
  }

  /** start makes a session. Throws `TOOMANYREQUESTS`. */
  async start(name: string, create: () => Promise<BlobUpload>): Promise<UploadSession> {
    if (this.#sessions.size >= this.#limits.max) {
      throw new ProtocolError("TOOMANYREQUESTS", "too many uploads are open", { headers: { "Retry-After": "10" } });
    }
    const id = randomUUID();
    const upload = await create();
    const session: UploadSession = {
      id,
      name,
      upload,
      turn: createTurn(),
      isComplete: false,
      touched: performance.now(),
      active: 0,
    };
    this.#sessions.set(id, session);
    return session;
  }

  /** find returns the session of a repository. Throws `BLOB_UPLOAD_UNKNOWN`. */
  find(name: string, id: string): UploadSession {
    const session = this.#sessions.get(id);
    if (session?.name === name) return session;
    throw new ProtocolError("BLOB_UPLOAD_UNKNOWN", "there is no such upload; it may have expired");
  }

  /** run gives a request its turn in a session. Throws `BLOB_UPLOAD_UNKNOWN` when the session ended meanwhile. */
  async run<T>(session: UploadSession, work: () => Promise<T>): Promise<T> {
    session.active++;
    try {
      return await session.turn(async () => {
        this.find(session.name, session.id);
        return work();
      });
    } finally {
      session.active--;
      session.touched = performance.now();
    }
  }

  /** end forgets a session; its upload was committed or discarded. */
  end(session: UploadSession): void {
    this.#sessions.delete(session.id);
  }

  /** close discards every session. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.all([...this.#sessions.values()].map((session) => this.#discard(session)));
  }

  async #expire(): Promise<void> {
    const before = performance.now() - this.#limits.ttl;
    const stale = [...this.#sessions.values()].filter(({ active, touched }) => active === 0 && touched < before);
    await Promise.all(stale.map((session) => this.#discard(session)));
  }

  async #discard(session: UploadSession): Promise<void> {
    this.end(session);
    // What cannot be deleted now is a temporary file that pruning finds.
    await session.upload.discard().catch(() => undefined);
  }
}
