/** Limit runs a task once fewer than a number of others run. */
export interface Limit {
  <T>(task: () => Promise<T>): Promise<T>;
  /** What has not started yet fails with {@link Halted}. */
  halt(): void;
}

/** Halted is a task that was not started because others had failed. */
export class Halted extends Error {}

/** createLimit makes a {@link Limit}; tasks start in the order in which they came. */
export function createLimit(concurrency: number): Limit {
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new Error(`concurrency must be 1 or more: ${concurrency}`);
  const waiting: (() => void)[] = [];
  let free = concurrency;
  let halted = false;
  const acquire = async (): Promise<void> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  const run = async <T>(task: () => Promise<T>): Promise<T> => {
    await acquire();
    try {
      if (halted) throw new Halted("not started");
      return await task();
    } finally {
      release();
    }
  };
  return Object.assign(run, {
    halt: () => {
      halted = true;
    },
  });
}
