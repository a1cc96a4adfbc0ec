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
  let garbage: object[] | undefined = Array.from({ length: 500_000 }, (_, index) => ({ index }));
  const before = process.memoryUsage().heapTotal;
  expect(garbage).toHaveLength(500_000);
  garbage = undefined;
  await collectGarbage();
  const { heapTotal, heapUsed } = process.memoryUsage();
  // 500,000 objects of 16 bytes and more, each with its place in the list.
  expect(heapTotal).toBeLessThan(before - 500_000 * 16);
  // Nearly full: a usual collection leaves the young generation's pages where they are.
  expect(heapTotal - heapUsed).toBeLessThan(4 * 2 ** 20);
});
