/** @file Does something with files, a few at once. */

/** Files that are looked at at once. */
const WORKERS = 8;

/**
 * Calls `work` with the indices from `start` to `end`, in their order, {@link WORKERS} at a time.
 *
 * @throws The signal's reason, if it aborts.
 */
export async function inTurns(
  start: number,
  end: number,
  signal: AbortSignal | undefined,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = start;
  const workSome = async (): Promise<void> => {
    while (next < end) {
      signal?.throwIfAborted();
      await work(next++);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, workSome));
}
