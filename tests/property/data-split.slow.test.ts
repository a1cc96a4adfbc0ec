import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/core/examples/sample.ts';
import { splitSamples } from '../../src/core/examples/splits/split.ts';

/** Two to four classes, each of two to seven individuals with one to six views of that class. */
const viewsOfClasses = fc.array(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 7 }), {
  minLength: 2,
  maxLength: 4,
});

/** Every individual is of one class. */
const ofOneClass = viewsOfClasses.map((classes) =>
  imagesOf(classes, (label, individual) => `id${label}${individual}`),
);
/** The same individuals in all classes: `id0` and `id1` in every one, others in some. */
const ofSeveralClasses = viewsOfClasses.map((classes) =>
  imagesOf(classes, (_, individual) => `id${individual}`),
);
const fraction = fc.double({ min: 0.01, max: 0.99, noNaN: true });
const seed = fc.integer();
const group = /^id\d+/;

function imagesOf(
  classes: readonly (readonly number[])[],
  nameOf: (label: number, individual: number) => string,
): Sample[] {
  return classes.flatMap((individuals, label) =>
    individuals.flatMap((views, individual) =>
      Array.from({ length: views }, (_, view): Sample => {
        return { file: `/d/class${label}/${nameOf(label, individual)}-${view}.jpg`, label };
      }),
    ),
  );
}

/** Whoever is on an image, whichever class's folder it lies in. */
const individualOf = ({ file }: Sample): string => file.replace(/^.*\/(.*)-\d+\.jpg$/, '$1');

/** Sums of images that some choice of groups reaches, at least one group on each side. */
function reachableSums(sizes: readonly number[]): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let sums = new Set([0]);
  for (const size of sizes) sums = new Set([...sums, ...[...sums].map((sum) => sum + size)]);
  return [...sums].filter((sum) => sum > 0 && sum < total);
}

describe('splitSamples, for any data set', () => {
  it.each([
    ['each of one class', ofOneClass],
    ['of several classes', ofSeveralClasses],
  ])(
    'is disjoint and complete, straddles no individual, and leaves every class on both sides: individuals %s',
    (_, dataset) => {
      fc.assert(
        fc.property(dataset, fraction, seed, (samples, fraction, anySeed) => {
          const { train, validation, groups } = splitSamples(samples, {
            fraction: fraction,
            seed: anySeed,
            group,
          });
          expect([...train, ...validation].map(({ file }) => file).sort()).toEqual(
            samples.map(({ file }) => file).sort(),
          );
          const trained = new Set(train.map(individualOf));
          expect(validation.filter((sample) => trained.has(individualOf(sample)))).toEqual([]);
          const labels = new Set(samples.map(({ label }) => label));
          expect(new Set(train.map(({ label }) => label))).toEqual(labels);
          expect(new Set(validation.map(({ label }) => label))).toEqual(labels);
          expect(groups).toBe(new Set(samples.map(individualOf)).size);
        }),
      );
    },
  );

  it('comes as close to the fraction of each class as any choice of groups', () => {
    fc.assert(
      fc.property(ofOneClass, fraction, seed, (samples, fraction, anySeed) => {
        const { validation } = splitSamples(samples, { fraction: fraction, seed: anySeed, group });
        for (const label of new Set(samples.map((sample) => sample.label))) {
          const own = samples.filter((sample) => sample.label === label);
          const sizes = new Map<string, number>();
          for (const sample of own) {
            sizes.set(individualOf(sample), (sizes.get(individualOf(sample)) ?? 0) + 1);
          }
          const target = Math.min(Math.max(Math.round(own.length * fraction), 1), own.length - 1);
          const best = Math.min(...reachableSums([...sizes.values()]).map((sum) => Math.abs(sum - target)));
          const chosen = validation.filter((sample) => sample.label === label).length;
          expect(Math.abs(chosen - target)).toBe(best);
        }
      }),
    );
  });

  it('comes near to the fraction of each class where individuals are of one class or of several', () => {
    const individuals = fc
      .array(fc.array(fc.nat(2), { minLength: 1, maxLength: 5 }), { minLength: 20, maxLength: 40 })
      .map((views) =>
        views.flatMap((labels, individual) =>
          labels.map((label, view): Sample => ({ file: `/d/c${label}/id${individual}-${view}.jpg`, label })),
        ),
      );
    const fraction = fc.double({ min: 0.1, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(individuals, fraction, seed, (samples, asked, anySeed) => {
        const few = [0, 1, 2].some(
          (label) => new Set(samples.filter((each) => each.label === label).map(individualOf)).size < 6,
        );
        fc.pre(!few);
        const { validation } = splitSamples(samples, { fraction: asked, seed: anySeed, group });
        for (const label of [0, 1, 2]) {
          const own = (list: readonly Sample[]): number => list.filter((each) => each.label === label).length;
          // Nobody has more than five images.
          expect(Math.abs(own(validation) - own(samples) * asked)).toBeLessThan(5);
        }
      }),
    );
  });

  it('depends on neither the order nor the place of the files', () => {
    fc.assert(
      fc.property(
        fc.oneof(ofOneClass, ofSeveralClasses),
        fc.option(fc.constant(group), { nil: undefined }),
        fraction,
        seed,
        fc.infiniteStream(fc.nat()),
        (samples, pattern, fraction, anySeed, keys) => {
          const shuffled = samples
            .map(({ file, label }) => ({
              key: keys.next().value,
              sample: { file: file.replace('/d/', '/e/f/g/'), label },
            }))
            .sort((a, b) => a.key - b.key)
            .map(({ sample }) => sample);
          const options = { fraction, seed: anySeed, group: pattern };
          const here = splitSamples(samples, options).validation.map(({ file }) => file.slice(3));
          const there = splitSamples(shuffled, options).validation.map(({ file }) => file.slice(7));
          expect(there.sort()).toEqual(here.sort());
        },
      ),
    );
  });
});
