/** @file Does something with many things, a few at once: files and decoders answer several questions faster than one after the other. */

/** Things that are worked on at once. */
const AT_ONCE = 8;

/**
 * Calls `work` with the indices from `start` to `end`, in their order, a few at a time.
 *
 * @param atOnce - How many, >= 1. Default 8.
 * @throws The signal's reason, if it aborts; and what the work throws first.
 */
export async function inTurns(
  start: number,
  end: number,
  signal: AbortSignal | undefined,
  work: (index: number) => Promise<void>,
  atOnce: number = AT_ONCE,
): Promise<void> {
  let next = start;
  const workSome = async (): Promise<void> => {
    while (next < end) {
      signal?.throwIfAborted();
      await work(next++);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, workSome));
}
