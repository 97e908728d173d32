import type { CopyEvent, Descriptor } from "@stax/oci";
import type { ProgressEvent, TransferState } from "./reporter/index.ts";

/** How often bytes are told of, ms. */
const interval = 80;

/** Transferred counts what a transfer did: blobs and manifests, bytes of what moved. */
export interface Transferred {
  copied: number;
  /** Taken over inside the registry. */
  mounted: number;
  /** There before. */
  kept: number;
  bytes: number;
}

/** TransferProgress turns the events of copies into progress for people, and counts. */
export class TransferProgress {
  readonly counts: Transferred = { copied: 0, mounted: 0, kept: 0, bytes: 0 };
  readonly #tell: (event: ProgressEvent) => void;
  readonly #active = new Map<string, { readonly descriptor: Descriptor; done: number }>();
  #started: number | undefined;
  #objects = 0;
  #bytes = 0;
  #settled = 0;
  #moved = 0;
  #last = 0;

  constructor(tell: (event: ProgressEvent) => void) {
    this.#tell = tell;
  }

  /** onEvent is what copies report to. */
  readonly onEvent = (event: CopyEvent): void => {
    switch (event.type) {
      case "planned":
        this.#objects += event.descriptors;
        this.#bytes += event.bytes;
        return;
      case "started":
        this.#started ??= Date.now();
        this.#active.set(event.descriptor.digest, { descriptor: event.descriptor, done: 0 });
        return;
      case "progress":
        this.#advance(event.descriptor, event.bytes);
        return;
      case "copied":
        this.counts.copied += 1;
        this.counts.bytes += event.descriptor.size;
        this.#settle(event.descriptor, `copied ${event.descriptor.digest}`);
        return;
      case "mounted":
        this.counts.mounted += 1;
        this.#settle(event.descriptor, `mounted ${event.descriptor.digest}`);
        return;
      case "skipped":
        if (event.reason === "missing-subject") return;
        this.counts.kept += 1;
        this.#settle(event.descriptor, `${event.descriptor.digest} is there`);
        return;
      case "tagged":
        this.#tell({ message: `tagged ${event.reference}` });
    }
  };

  #advance({ digest }: Descriptor, bytes: number): void {
    const active = this.#active.get(digest);
    if (active === undefined) return;
    active.done += bytes;
    this.#moved += bytes;
    const now = Date.now();
    if (now - this.#last < interval) return;
    this.#last = now;
    this.#tell({ message: "", transfer: this.#state(now) });
  }

  #settle({ digest, size }: Descriptor, message: string): void {
    this.#active.delete(digest);
    this.#settled += size;
    this.#tell({ message, transfer: this.#state(Date.now()) });
  }

  #state(now: number): TransferState {
    const active = [...this.#active.values()].map(({ descriptor, done }) => ({
      name: descriptor.digest.slice(0, 19),
      done,
      total: descriptor.size,
    }));
    const { copied, mounted, kept } = this.counts;
    const under = active.reduce((sum, { done }) => sum + done, 0);
    const seconds = (now - (this.#started ?? now)) / 1000;
    return {
      active,
      objects: { done: copied + mounted + kept, total: this.#objects },
      bytes: { done: this.#settled + under, total: this.#bytes },
      rate: seconds > 0.2 ? this.#moved / seconds : 0,
    };
  }
}
