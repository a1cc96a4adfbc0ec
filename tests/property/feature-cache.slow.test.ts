import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryTable, keyWords } from '../../src/node/feature-cache/entry-table.ts';
import { openFeatureCache } from '../../src/node/feature-cache/feature-cache.ts';
import { listAllSegments } from '../../src/node/feature-cache/segment-files.ts';
import { keysOf, range, readBack, SPACE_KEY, valuesOf } from '../support/cached-values.ts';

const IDS = 40;
const ids = fc.uniqueArray(fc.nat(IDS - 1), { minLength: 1, maxLength: 12 });

/** What a run may do; `other` is a second space, that takes room. */
const step = fc.oneof(
  fc.record({ do: fc.constant('put' as const), ids }),
  fc.record({ do: fc.constant('other' as const), ids }),
  fc.record({ do: fc.constant('read' as const), ids }),
  fc.record({ do: fc.constant('open' as const), ids: fc.constant([]) }),
);

describe('the feature cache', () => {
  it('has in a run whatever the run put or found, gives the right bytes, and stays within its limit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40, size: 'max' }),
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 4000, max: 60_000 }),
        async (steps, bytes, limitBytes) => {
          const folder = await mkdtemp(join(tmpdir(), 'graft-property-'));
          const open = async () => {
            const cache = await openFeatureCache({ folder, limitBytes });
            const space = await cache.space(SPACE_KEY, {}, bytes);
            return { cache, space, other: await cache.space('cd'.repeat(32), {}, bytes) };
          };
          let now = await open();
          /** Numbers that were ever put, and those that the present run must have. */
          const ever = new Set<number>();
          const certain = new Set<number>();
          try {
            for (const step of steps) {
              if (step.do === 'open') {
                await now.cache.close();
                now = await open();
                certain.clear();
              } else if (step.do === 'read') {
                const { found } = readBack(now.space, step.ids);
                for (const id of found) {
                  expect(ever.has(id)).toBe(true);
                  certain.add(id);
                }
              } else {
                const space = step.do === 'put' ? now.space : now.other;
                const kept = await space.put(keysOf(step.ids), valuesOf(step.ids, bytes));
                if (step.do === 'put') {
                  // Some of them may be kept where not all are.
                  for (const id of step.ids) ever.add(id);
                  if (kept !== undefined) for (const id of step.ids) certain.add(id);
                }
                if (kept === undefined) expect(now.cache.problem?.code).toBe('cache');
              }
              const { found } = readBack(now.space, [...certain]);
              expect(found).toEqual([...certain]);
              const total = (await listAllSegments(folder)).reduce((sum, segment) => sum + segment.bytes, 0);
              expect(total).toBeLessThanOrEqual(limitBytes);
            }
          } finally {
            await now.cache.close();
            await rm(folder, { recursive: true });
          }
        },
      ),
      { numRuns: 40, endOnFailure: true },
    );
  });
});

describe('the table of entries', () => {
  it('is a Map, also for keys that are nearly the same', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(7), fc.nat(300)), { maxLength: 200, size: 'max' }), (writes) => {
        const table = new EntryTable(10);
        const model = new Map<string, number>();
        const key = (word: number, value: number): Uint32Array => {
          const words = new Uint32Array(8);
          words[word] = value;
          return words;
        };
        writes.forEach(([word, value], row) => {
          const words = key(word, value);
          const entry = table.add(words, 0, {
            segment: 3,
            row,
            checksum: row * 7,
            offset: row * 10,
            length: 10,
          });
          model.set(words.join(), entry);
        });
        expect(table.size).toBe(writes.length);
        for (const word of range(0, 8)) {
          for (const value of range(0, 301)) {
            const words = key(word, value);
            const entry = model.get(words.join()) ?? -1;
            expect(table.find(words, 0)).toBe(entry);
            if (entry < 0) continue;
            const place = [table.segmentOf(entry), table.rowOf(entry), table.checksumOf(entry)];
            expect(place).toEqual([3, entry, entry * 7]);
          }
        }
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  it('reads keys at odd places', () => {
    const bytes = Uint8Array.from(range(0, 65));
    expect(keyWords(bytes.subarray(1))).toEqual(keyWords(Uint8Array.from(range(1, 65))));
  });
});
