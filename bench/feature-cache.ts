/**
 * @file What the feature cache costs: `npx tsx bench/feature-cache.ts [ENTRIES [BYTES_PER_ENTRY [FOLDER]]]`.
 *
 * Puts entries in batches of 32, opens the cache again, looks all keys up, and reads all: in order, and in batches of 20
 * in random order. Peak memory is that of the process from its start to the end of reading. The folder is removed.
 */

import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locations } from '../src/core/runtime/feature-store.ts';
import { openFeatureCache } from '../src/node/feature-cache/feature-cache.ts';

const [entries = 10_000, bytesPerEntry = 75_264] = process.argv.slice(2, 4).map(Number);
const folder = await mkdtemp(join(process.argv[4] ?? tmpdir(), 'graft-bench-cache-'));
const SPACE = 'ab'.repeat(32);
const options = { folder, limitBytes: 1e12, onProblem: ({ message }: Error): void => console.error(message) };
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const timed = async (what: string, each: number, work: () => unknown): Promise<void> => {
  const start = performance.now();
  await work();
  const elapsedMs = performance.now() - start;
  const rate = `${((elapsedMs / each) * 1000).toFixed(1)} us each`;
  console.log(`${what}: ${elapsedMs.toFixed(0)} ms, ${rate}, memory ${megabytes(process.memoryUsage.rss())}`);
};

const keys = new Uint8Array(entries * 32);
for (let i = 0; i < entries; i++) keys.set(createHash('sha256').update(String(i)).digest(), i * 32);
const BATCH = 32;
const values = new Uint8Array(BATCH * bytesPerEntry);
for (let i = 0; i < values.length; i++) values[i] = Math.imul(i, 2654435761) >>> 24;
const peak = (): string => megabytes(process.resourceUsage().maxRSS * 1024);
console.log(`${entries} entries of ${bytesPerEntry} bytes, peak memory before ${peak()}`);

try {
  const writing = await openFeatureCache(options);
  const filled = await writing.space(SPACE, {}, bytesPerEntry);
  await timed('put', entries, async () => {
    for (let start = 0; start < entries; start += BATCH) {
      const count = Math.min(BATCH, entries - start);
      values[start % values.length] = start & 255;
      await filled.put(
        keys.subarray(start * 32, (start + count) * 32),
        values.subarray(0, count * bytesPerEntry),
      );
    }
  });
  await timed('flush and close', entries, () => writing.close());

  const reading = await openFeatureCache(options);
  let space = filled;
  await timed('open', entries, async () => {
    space = await reading.space(SPACE, {}, bytesPerEntry);
  });
  let locations: Locations = new Int32Array();
  await timed('locate', entries, () => {
    locations = space.locate(keys);
  });
  const readAll = (order: Uint32Array, batch: number): void => {
    const target = new Uint8Array(batch * bytesPerEntry);
    let bad = 0;
    for (let start = 0; start < order.length; start += batch) {
      bad += space.read(locations, order.subarray(start, start + batch), target).length;
    }
    if (bad > 0) console.log(`${bad} bad rows`);
  };
  const inOrder = Uint32Array.from({ length: entries }, (_, row) => row);
  await timed('read in order', entries, () => readAll(inOrder, 256));
  const shuffled = inOrder.map((row) => (row * 7919) % entries);
  await timed('read at random', entries, () => readAll(shuffled, 20));
  await reading.close();
  console.log(`peak memory ${peak()}`);
} finally {
  await rm(folder, { recursive: true });
}
