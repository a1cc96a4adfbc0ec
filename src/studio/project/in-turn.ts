/** @file Work that waits for the work before it. */

/** @returns What does work when all that was asked before has ended, well or not. */
export function inTurn(): <T>(work: () => T | Promise<T>) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve();
  return <T>(work: () => T | Promise<T>): Promise<T> => {
    const done = turn.then(work, work);
    turn = done.catch(() => undefined);
    return done;
  };
}
