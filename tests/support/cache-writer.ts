/**
 * @file A process that fills a feature cache: `FOLDER BYTES_PER_ENTRY BATCH FIRST END`. It prints the number of entries
 * that are kept, after each batch.
 */

import { writeSync } from 'node:fs';
import { openFeatureCache } from '../../src/node/feature-cache/feature-cache.ts';
import { keysOf, range, SPACE_KEY, valuesOf } from './cached-values.ts';

const [folder, ...numbers] = process.argv.slice(2);
const [bytesPerEntry, batch, first, end] = numbers.map(Number) as [number, number, number, number];
const cache = await openFeatureCache({ folder: folder!, limitBytes: 1e9 });
const space = await cache.space(SPACE_KEY, {}, bytesPerEntry);
writeSync(1, 'ready\n');
for (let start = first; start < end; start += batch) {
  const ids = range(start, Math.min(end, start + batch));
  await space.put(keysOf(ids), valuesOf(ids, bytesPerEntry));
  writeSync(1, `${ids.at(-1)! + 1}\n`);
}
await cache.close();
