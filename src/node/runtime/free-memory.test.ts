import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { freeBuffer } from './free-memory.ts';

it('frees what a buffer takes, though it is still referred to', async () => {
  const size = 2 ** 27;
  const bytes = new Uint8Array(size).fill(1);
  const before = process.memoryUsage().arrayBuffers;
  freeBuffer(bytes);
  expect(bytes).toHaveLength(0);
  while (process.memoryUsage().arrayBuffers > before - size / 2) await setTimeout(1);
});

/** In a process of its own: what else a test's process has in its heap lies between the pages that could be given back. */
const HEAP_AFTERWARDS = `
  import { collectGarbage } from ${JSON.stringify(new URL('./free-memory.ts', import.meta.url).href)};
  let garbage = Array.from({ length: 500_000 }, (_, index) => ({ index }));
  const before = process.memoryUsage().heapTotal;
  garbage = garbage.length;
  await collectGarbage();
  const { heapTotal, heapUsed } = process.memoryUsage();
  console.log(JSON.stringify({ freed: before - heapTotal, empty: heapTotal - heapUsed }));
`;

it('collects what nobody refers to, and gives back the pages that it lay in', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', 'tsx', '--input-type=module', '--eval', HEAP_AFTERWARDS],
  ]);
  const { freed, empty } = JSON.parse(stdout) as { readonly freed: number; readonly empty: number };
  // Three words each, and their places in the list.
  expect(freed).toBeGreaterThan(500_000 * 32);
  // A usual collection leaves the pages of the young generation where they are.
  expect(empty).toBeLessThan(4 * 2 ** 20);
});
