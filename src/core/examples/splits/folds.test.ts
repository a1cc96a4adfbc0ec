import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../../tests/support/saying.ts';
import type { Sample } from '../sample.ts';
import { createFolds } from './folds.ts';

const samples = Array.from(
  { length: 9 },
  (_, i): Sample => ({ file: `/d/horse${i % 4}-${i}.png`, label: i < 6 ? 0 : 1 }),
);

describe('createFolds', () => {
  it('counts groups, and images without one', () => {
    const { groups, unmatched } = createFolds(samples, { folds: 2, seed: 1, group: /^horse[0-2]/ });
    expect({ groups, unmatched }).toEqual({ groups: 5, unmatched: 2 });
  });

  it('keep copies of an image together', () => {
    const many = Array.from({ length: 40 }, (_, i): Sample => ({ file: `/d/${i}.png`, label: i % 2 }));
    const identical = [many.slice(0, 5), [many[6]!, many[9]!, many[31]!]];
    for (const { train, validation } of createFolds(many, { folds: 4, seed: 1, identical }).folds) {
      for (const same of identical) {
        expect([0, same.length]).toContain(same.filter((sample) => validation.includes(sample)).length);
        expect([0, same.length]).toContain(same.filter((sample) => train.includes(sample)).length);
      }
    }
    expect(() => createFolds(many.slice(0, 6), { folds: 3, seed: 1, identical: [many.slice(0, 4)] })).toThrow(
      withMessage(
        'folds of class 0: expected at least 3 different images, one for each fold, received 2. Take fewer folds, or add different images.',
      ),
    );
  });

  it.each([1, 2.5, Number.NaN])('refuses %s folds', (folds) => {
    expect(() => createFolds(samples, { folds, seed: 1 })).toThrow(
      withMessage(`folds: expected at least 2 folds, a whole number, received ${folds}. Usual are 5 and 10.`),
    );
  });

  it('refuses classes with fewer images or groups than folds', () => {
    const options = { folds: 4, seed: 1 };
    expect(() => createFolds(samples, options)).toThrow(
      withMessage(
        'folds of class 1: expected at least 4 images, one for each fold, received 3. Take fewer folds, or add images.',
      ),
    );
    expect(() =>
      createFolds(samples, { ...options, classNames: ['horse', 'human'], group: /^horse[12]|^horse/ }),
    ).toThrow(
      withMessage(
        'folds of class "horse": expected at least 4 groups, one for each fold, received 3. ' +
          'Take fewer folds, or add images of other individuals.',
      ),
    );
  });

  it('takes as many folds as the smallest class has images, if it may', () => {
    const few = createFolds(samples, { folds: 5, fewer: true, seed: 1 });
    expect(few.folds).toHaveLength(3);
    expect(few.limit).toEqual({ label: 1, groups: 3 });
    const enough = createFolds(samples, { folds: 3, fewer: true, seed: 1 });
    expect([enough.folds.length, enough.limit]).toEqual([3, undefined]);
    expect(() => createFolds(samples.slice(0, 7), { folds: 5, fewer: true, seed: 1 })).toThrow(
      withMessage('folds of class 1: expected at least 2 images, one for each fold, received 1. Add images.'),
    );
  });

  it('refuses fewer images than folds where there are no classes', () => {
    const targets = samples
      .slice(0, 3)
      .map(({ file }): Sample => ({ file, label: 0, target: Float32Array.of(1.5) }));
    expect(() => createFolds(targets, { folds: 4, seed: 1 })).toThrow(
      withMessage(
        'folds: expected at least 4 images, one for each fold, received 3. Take fewer folds, or add images.',
      ),
    );
    expect(() => createFolds([], { folds: 4, seed: 1 })).toThrow(
      withMessage(
        'folds: expected at least 4 images, one for each fold, received 0. Take fewer folds, or add images.',
      ),
    );
  });
});
