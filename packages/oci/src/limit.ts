/** Limit runs a task when fewer than a number of others run. */
export type Limit = <T>(task: () => Promise<T>) => Promise<T>;

/** createLimit makes a {@link Limit}. `concurrency` is at least 1. */
export function createLimit(concurrency: number): Limit {
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new Error(`concurrency ${concurrency} is no number above 0`);
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running < concurrency) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
