/** Turn runs one task after the other, in the order of the calls. */
export type Turn = <T>(task: () => Promise<T>) => Promise<T>;

/** createTurn makes a {@link Turn}; a task that fails does not keep the next from running. */
export function createTurn(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const mine = last.then(task, task);
    last = mine.catch(() => undefined);
    return mine;
  };
}
