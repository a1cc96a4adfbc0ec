import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it, vi } from 'vitest';
import { collectGarbage, freeBuffer } from './free-memory.ts';

it('frees what a buffer takes, though it is still referred to', async () => {
  const size = 2 ** 27;
  const bytes = new Uint8Array(size).fill(1);
  const before = process.memoryUsage().arrayBuffers;
  freeBuffer(bytes);
  expect(bytes).toHaveLength(0);
  while (process.memoryUsage().arrayBuffers > before - size / 2) await setTimeout(1);
});

it('collects what nobody refers to, as long as a collection gains something', () => {
  setFlagsFromString('--expose-gc');
  const gc = vi.fn(runInNewContext('gc') as () => void);
  vi.stubGlobal('gc', gc);
  let garbage: object[] | undefined = Array.from({ length: 500_000 }, (_, index) => ({ index }));
  const before = process.memoryUsage().heapTotal;
  expect(garbage).toHaveLength(500_000);
  garbage = undefined;
  collectGarbage();
  expect(process.memoryUsage().heapTotal).toBeLessThan(before - 2 ** 20);
  expect(gc.mock.calls.length).toBeGreaterThanOrEqual(2);
});

it('leaves it to the engine where Node was not started for it', () => {
  vi.stubGlobal('gc', undefined);
  expect(() => collectGarbage()).not.toThrow();
});

afterEach(() => vi.unstubAllGlobals());
