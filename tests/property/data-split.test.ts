import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/data/sample.ts';
import { splitSamples } from '../../src/data/split.ts';

/** Two to four classes, each of two to seven individuals with one to six views. */
const dataset = fc
  .array(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 7 }), {
    minLength: 2,
    maxLength: 4,
  })
  .map((classes) =>
    classes.flatMap((individuals, label) =>
      individuals.flatMap((views, individual) =>
        Array.from({ length: views }, (_, view): Sample => {
          return { file: `/d/class${label}/id${individual}-${view}.jpg`, label };
        }),
      ),
    ),
  );
const fraction = fc.double({ min: 0.01, max: 0.99, noNaN: true });
const seed = fc.integer();

const groupOf = ({ file }: Sample): string => file.replace(/-\d+\.jpg$/, '');

/** Sums of pictures that some choice of groups reaches, at least one group on each side. */
function reachableSums(sizes: readonly number[]): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let sums = new Set([0]);
  for (const size of sizes) sums = new Set([...sums, ...[...sums].map((sum) => sum + size)]);
  return [...sums].filter((sum) => sum > 0 && sum < total);
}

describe('splitSamples, for any data set', () => {
  it('is disjoint and complete, straddles no group, and leaves every class on both sides', () => {
    fc.assert(
      fc.property(dataset, fraction, seed, (samples, share, anySeed) => {
        const { train, validation } = splitSamples(samples, {
          fraction: share,
          seed: anySeed,
          group: /^id\d+/,
        });
        expect([...train, ...validation].map(({ file }) => file).sort()).toEqual(
          samples.map(({ file }) => file).sort(),
        );
        const trained = new Set(train.map(groupOf));
        expect(validation.filter((sample) => trained.has(groupOf(sample)))).toEqual([]);
        const labels = new Set(samples.map(({ label }) => label));
        expect(new Set(train.map(({ label }) => label))).toEqual(labels);
        expect(new Set(validation.map(({ label }) => label))).toEqual(labels);
      }),
    );
  });

  it('comes as close to the share of each class as any choice of groups', () => {
    fc.assert(
      fc.property(dataset, fraction, seed, (samples, share, anySeed) => {
        const { validation } = splitSamples(samples, { fraction: share, seed: anySeed, group: /^id\d+/ });
        for (const label of new Set(samples.map((sample) => sample.label))) {
          const own = samples.filter((sample) => sample.label === label);
          const sizes = new Map<string, number>();
          for (const sample of own) sizes.set(groupOf(sample), (sizes.get(groupOf(sample)) ?? 0) + 1);
          const target = Math.min(Math.max(Math.round(own.length * share), 1), own.length - 1);
          const best = Math.min(...reachableSums([...sizes.values()]).map((sum) => Math.abs(sum - target)));
          const chosen = validation.filter((sample) => sample.label === label).length;
          expect(Math.abs(chosen - target)).toBe(best);
        }
      }),
    );
  });

  it('depends on neither the order nor the place of the files', () => {
    fc.assert(
      fc.property(dataset, fraction, seed, fc.infiniteStream(fc.nat()), (samples, share, anySeed, keys) => {
        const shuffled = samples
          .map(({ file, label }) => ({
            key: keys.next().value,
            sample: { file: file.replace('/d/', '/e/f/g/'), label },
          }))
          .sort((a, b) => a.key - b.key)
          .map(({ sample }) => sample);
        const options = { fraction: share, seed: anySeed };
        const here = splitSamples(samples, options).validation.map(({ file }) => file.slice(3));
        const there = splitSamples(shuffled, options).validation.map(({ file }) => file.slice(7));
        expect(there.sort()).toEqual(here.sort());
      }),
    );
  });
});
