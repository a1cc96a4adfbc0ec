import { describe, expect, it } from 'vitest';
import { createMemoryGate, type MemoryGate } from './decode-gate.ts';

/** Work that ends when it is told to, and what runs at the moment. */
function workshop(gate: MemoryGate) {
  const running = new Set<string>();
  const ends = new Map<string, (error?: Error) => void>();
  const start = (name: string, bytes: number): Promise<string> =>
    gate.run(bytes, async () => {
      running.add(name);
      const error = await new Promise<Error | undefined>((end) => ends.set(name, end));
      running.delete(name);
      if (error) throw error;
      return name;
    });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    start,
    now: async (): Promise<string[]> => {
      await settle();
      return [...running].sort();
    },
    end: (name: string, error?: Error) => ends.get(name)!(error),
  };
}

describe('createMemoryGate', () => {
  it('runs at once what fits together, and in the order of asking', async () => {
    const { start, now, end } = workshop(createMemoryGate(100));
    const results = Promise.all([start('a', 60), start('b', 40), start('c', 50), start('d', 10)]);
    expect(await now()).toEqual(['a', 'b']);
    end('b');
    // "d" would fit, but "c" was first.
    expect(await now()).toEqual(['a']);
    end('a');
    expect(await now()).toEqual(['c', 'd']);
    end('c');
    end('d');
    expect(await results).toEqual(['a', 'b', 'c', 'd']);
  });

  it('runs what is larger than all of it alone', async () => {
    const { start, now, end } = workshop(createMemoryGate(100));
    const results = [start('small', 10), start('huge', 900), start('next', 10)];
    expect(await now()).toEqual(['small']);
    end('small');
    expect(await now()).toEqual(['huge']);
    end('huge');
    expect(await now()).toEqual(['next']);
    end('next');
    await Promise.all(results);
  });

  it('lets through at once what takes nothing, whatever waits', async () => {
    const { start, now, end } = workshop(createMemoryGate(100));
    const results = [start('huge', 900), start('waiting', 50), start('free', 0)];
    expect(await now()).toEqual(['free', 'huge']);
    for (const name of ['free', 'huge']) end(name);
    expect(await now()).toEqual(['waiting']);
    end('waiting');
    await Promise.all(results);
  });

  it('gives the memory back after a failure', async () => {
    const { start, now, end } = workshop(createMemoryGate(100));
    const failing = start('failing', 100);
    const next = start('next', 100);
    await now();
    end('failing', new Error('damaged'));
    await expect(failing).rejects.toThrow('damaged');
    expect(await now()).toEqual(['next']);
    end('next');
    expect(await next).toBe('next');
  });
});
