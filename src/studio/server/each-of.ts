/** @file Some files at a time: a disk answers several questions faster than one after the other. */

const AT_ONCE = 8;

/** Works on all, some at a time. @throws The signal's reason, and what the work throws first. */
export async function eachOf<T>(
  all: readonly T[],
  work: (each: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < all.length) {
      signal?.throwIfAborted();
      await work(all[next++]!);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
