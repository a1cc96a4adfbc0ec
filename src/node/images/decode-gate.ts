/** @file Lets as many decodes run at once as their memory allows. */

/** A budget of memory that pieces of work share. */
export interface MemoryGate {
  /**
   * Runs some work as soon as its bytes are free, in the order of asking. Work that needs more than the whole budget runs
   * when nothing else does, and alone.
   */
  run<T>(bytes: number, work: () => Promise<T>): Promise<T>;
}

export function createMemoryGate(budgetBytes: number): MemoryGate {
  const waiting: { readonly bytes: number; readonly start: () => void }[] = [];
  let free = budgetBytes;
  const startWaiting = (): void => {
    for (let [next] = waiting; next !== undefined && next.bytes <= free; [next] = waiting) {
      waiting.shift();
      free -= next.bytes;
      next.start();
    }
  };
  return {
    async run(bytes, work) {
      if (bytes <= 0) return work();
      const taken = Math.min(bytes, budgetBytes);
      await new Promise<void>((start) => {
        waiting.push({ bytes: taken, start });
        startWaiting();
      });
      try {
        return await work();
      } finally {
        free += taken;
        startWaiting();
      }
    },
  };
}
