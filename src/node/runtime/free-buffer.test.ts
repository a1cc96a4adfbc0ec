import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { freeBuffer } from './free-buffer.ts';

it('frees what a buffer takes, though it is still referred to', async () => {
  const size = 2 ** 27;
  const bytes = new Uint8Array(size).fill(1);
  const before = process.memoryUsage().arrayBuffers;
  freeBuffer(bytes);
  expect(bytes).toHaveLength(0);
  while (process.memoryUsage().arrayBuffers > before - size / 2) await setTimeout(1);
});
