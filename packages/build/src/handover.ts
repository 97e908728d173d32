/** Sink takes bytes in order; a chunk is lent until the promise settles. */
export type Sink = (chunk: Uint8Array) => Promise<void>;

/**
 * handover turns a producer that writes into a sink into chunks that a consumer asks for, without a buffer between them: the sink's promise
 * settles when the consumer asks for the next chunk. A failure of the producer is the failure of the iteration.
 */
export async function* handover(
  produce: (sink: Sink) => Promise<unknown>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let offer: (() => void) | undefined;
  let offered = new Promise<void>((resolve) => {
    offer = resolve;
  });
  let chunk:
    | { readonly bytes: Uint8Array; readonly taken: () => void; readonly refused: (reason: Error) => void }
    | undefined;
  let ended = false;
  const production = produce(
    (bytes) =>
      new Promise((taken, refused) => {
        if (ended) refused(abandoned());
        chunk = { bytes, taken, refused };
        offer?.();
      }),
  ).finally(() => {
    ended = true;
    offer?.();
  });
  production.catch(() => undefined); // awaited below; a consumer that stops early must not leave an unhandled rejection
  try {
    for (;;) {
      await offered;
      if (chunk === undefined) break;
      const { bytes, taken } = chunk;
      chunk = undefined;
      offered = new Promise((resolve) => {
        offer = resolve;
      });
      yield bytes;
      if (ended) break;
      taken();
    }
    await production;
  } finally {
    ended = true;
    chunk?.refused(abandoned());
  }
}

const abandoned = (): Error => new Error("nobody reads this layer any more");
