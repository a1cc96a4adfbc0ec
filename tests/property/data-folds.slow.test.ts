import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/core/examples/sample.ts';
import { dealSamples } from '../../src/core/examples/splits/deal-samples.ts';
import { createFolds } from '../../src/core/examples/splits/folds.ts';
import { splitSamples } from '../../src/core/examples/splits/split.ts';

const folds = fc.integer({ min: 2, max: 6 });
const seed = fc.integer();
const group = /^id\d+/;

/** Two to four classes with at least six images each, every one an individual of its own. */
const singles = fc
  .array(fc.integer({ min: 6, max: 25 }), { minLength: 2, maxLength: 4 })
  .map((classes) =>
    classes.flatMap((count, label) =>
      Array.from({ length: count }, (_, i): Sample => ({ file: `/d/class${label}/${i}.jpg`, label })),
    ),
  );

/** Individuals with one to five views, each view of one of three classes. */
const individuals = fc
  .array(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 5 }), {
    minLength: 20,
    maxLength: 40,
  })
  .map((views) =>
    views.flatMap((labels, individual) =>
      labels.map((label, view): Sample => ({ file: `/d/c${label}/id${individual}-${view}.jpg`, label })),
    ),
  );

/** Images with any of four labels. */
const labelled = fc
  .array(fc.array(fc.constantFrom(0, 1), { minLength: 4, maxLength: 4 }), { minLength: 30, maxLength: 60 })
  .map((rows) =>
    rows.map((row, i): Sample => ({ file: `/d/${i}.jpg`, label: 0, target: Float32Array.from(row) })),
  );

const groupOf = ({ file }: Sample): string => file.replace(/^.*\/(.*)-\d+\.jpg$/, '$1');
const filesOf = (samples: readonly Sample[]): string[] => samples.map(({ file }) => file).sort();

describe('createFolds, for any data set', () => {
  it('lets every image validate once, and train in all other folds, in the given order', () => {
    fc.assert(
      fc.property(singles, folds, seed, (samples, count, anySeed) => {
        const result = createFolds(samples, { folds: count, seed: anySeed });
        expect(result.folds).toHaveLength(count);
        expect(filesOf(result.folds.flatMap(({ validation }) => validation))).toEqual(filesOf(samples));
        for (const { train, validation } of result.folds) {
          const own = new Set(validation);
          expect(train).toEqual(samples.filter((sample) => !own.has(sample)));
          expect(validation).toEqual(samples.filter((sample) => own.has(sample)));
        }
        expect(result).toMatchObject({ groups: samples.length, unmatched: 0 });
      }),
    );
  });

  it('gives every fold its fraction of every class and of the images, to within one', () => {
    fc.assert(
      fc.property(singles, folds, seed, (samples, count, anySeed) => {
        const result = createFolds(samples, { folds: count, seed: anySeed });
        for (const { validation } of result.folds) {
          expect(Math.abs(validation.length - samples.length / count)).toBeLessThan(1);
          for (const label of new Set(samples.map((sample) => sample.label))) {
            const own = (list: readonly Sample[]): number =>
              list.filter((sample) => sample.label === label).length;
            expect(Math.abs(own(validation) - own(samples) / count)).toBeLessThan(1);
          }
        }
      }),
    );
  });

  it('splits no group, also where its images are of several classes', () => {
    fc.assert(
      fc.property(individuals, folds, seed, (samples, count, anySeed) => {
        const few = [0, 1, 2].some(
          (label) => new Set(samples.filter((each) => each.label === label).map(groupOf)).size < count,
        );
        fc.pre(!few);
        const result = createFolds(samples, { folds: count, seed: anySeed, group });
        expect(filesOf(result.folds.flatMap(({ validation }) => validation))).toEqual(filesOf(samples));
        for (const { train, validation } of result.folds) {
          const trained = new Set(train.map(groupOf));
          expect(validation.filter((sample) => trained.has(groupOf(sample)))).toEqual([]);
        }
        expect(result.groups).toBe(new Set(samples.map(groupOf)).size);
      }),
    );
  });

  it('keeps fractions of classes near where groups allow: within the largest group', () => {
    fc.assert(
      fc.property(singles, folds, seed, (classes, count, anySeed) => {
        // Each individual has three views, all of one class.
        const samples = classes.flatMap(({ label }, i) =>
          [0, 1, 2].map((view): Sample => ({ file: `/d/c${label}/id${i}-${view}.jpg`, label })),
        );
        const result = createFolds(samples, { folds: count, seed: anySeed, group });
        for (const label of new Set(samples.map((sample) => sample.label))) {
          const own = (list: readonly Sample[]): number =>
            list.filter((sample) => sample.label === label).length;
          for (const { validation } of result.folds) {
            expect(Math.abs(own(validation) - own(samples) / count)).toBeLessThan(3);
          }
        }
      }),
    );
  });

  it('depends on neither the order nor the place of the files, but on the seed', () => {
    fc.assert(
      fc.property(singles, folds, seed, fc.infiniteStream(fc.nat()), (samples, count, anySeed, keys) => {
        const moved = samples
          .map(({ file, label }) => ({ key: keys.next().value, sample: { file: `/e/f${file}`, label } }))
          .sort((a, b) => a.key - b.key)
          .map(({ sample }) => sample);
        const options = { folds: count, seed: anySeed };
        const names = (list: readonly Sample[], prefix: number): string[][] =>
          createFolds(list, options).folds.map(({ validation }) =>
            filesOf(validation).map((file) => file.slice(prefix)),
          );
        expect(names(moved, 4)).toEqual(names(samples, 0));
      }),
    );
    const samples = Array.from({ length: 40 }, (_, i): Sample => ({ file: `/d/${i}.jpg`, label: i % 2 }));
    const first = (anySeed: number): string[] =>
      filesOf(createFolds(samples, { folds: 4, seed: anySeed }).folds[0]!.validation);
    expect(first(1)).not.toEqual(first(2));
  });
});

describe('images with labels or numbers', () => {
  it('are dealt so that every fold has nearly its fraction of every label', () => {
    fc.assert(
      fc.property(labelled, folds, seed, (samples, count, anySeed) => {
        const result = createFolds(samples, { folds: count, seed: anySeed });
        expect(filesOf(result.folds.flatMap(({ validation }) => validation))).toEqual(filesOf(samples));
        for (let label = 0; label < 4; label++) {
          const own = (list: readonly Sample[]): number =>
            list.filter(({ target }) => target![label] === 1).length;
          for (const { validation } of result.folds) {
            expect(Math.abs(own(validation) - own(samples) / count)).toBeLessThan(4);
          }
        }
      }),
    );
  });

  it('are split into all that train and all that validate, by label and by group', () => {
    fc.assert(
      fc.property(
        labelled,
        fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        seed,
        (samples, fraction, anySeed) => {
          const grouped = samples.map(({ target }, i) => ({
            file: `/d/id${i >> 1}-${i}.jpg`,
            label: 0,
            target: target!,
          }));
          const split = splitSamples(grouped, { fraction: fraction, seed: anySeed, group });
          expect(filesOf([...split.train, ...split.validation])).toEqual(filesOf(grouped));
          const trained = new Set(split.train.map(groupOf));
          expect(split.validation.filter((sample) => trained.has(groupOf(sample)))).toEqual([]);
          expect(Math.abs(split.validation.length - samples.length * fraction)).toBeLessThan(8);
          expect(split.groups).toBe(Math.ceil(samples.length / 2));
        },
      ),
    );
  });

  it('are dealt by their number, small and large ones to every side', () => {
    fc.assert(
      fc.property(seed, (anySeed) => {
        const samples = Array.from(
          { length: 100 },
          (_, i): Sample => ({ file: `/d/${i}.jpg`, label: 0, target: Float32Array.of(i * i) }),
        );
        const { sides } = dealSamples(samples, [0.5, 0.3, 0.2], { seed: anySeed });
        expect(sides.map(({ length }) => length)).toEqual([50, 30, 20]);
        for (let tenth = 0; tenth < 10; tenth++) {
          const counts = sides.map(
            (side) => side.filter(({ target }) => Math.floor(Math.sqrt(target![0]!) / 10) === tenth).length,
          );
          expect(counts).toEqual([5, 3, 2]);
        }
      }),
    );
  });
});
