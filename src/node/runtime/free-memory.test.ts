import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { collectGarbage, freeBuffer } from './free-memory.ts';

it('frees what a buffer takes, though it is still referred to', async () => {
  const size = 2 ** 27;
  const bytes = new Uint8Array(size).fill(1);
  const before = process.memoryUsage().arrayBuffers;
  freeBuffer(bytes);
  expect(bytes).toHaveLength(0);
  while (process.memoryUsage().arrayBuffers > before - size / 2) await setTimeout(1);
});

it('collects what nobody refers to, and gives back the pages that it lay in', async () => {
  // Three words each, and a number, and their places in the list: more than all else of a test.
  const count = 2_000_000;
  let garbage: object[] | undefined = Array.from({ length: count }, (_, index) => ({ index }));
  const before = process.memoryUsage().heapTotal;
  expect(garbage).toHaveLength(count);
  garbage = undefined;
  await collectGarbage();
  expect(process.memoryUsage().heapTotal).toBeLessThan(before - 24 * count);
});
