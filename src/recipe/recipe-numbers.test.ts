import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { isInRange, rangeText } from '../core/errors/number-range.ts';
import { buildClassifier } from '../node/training/train-classifier.ts';
import { ALL_FIELDS, DEFAULT_RECIPE, type RecipeKey, recipeFileSchema } from './recipe.ts';
import { findRange, requireRecipeNumbers } from './recipe-numbers.ts';

/** Of every number, what is just inside, and what is just outside. */
const EDGES: Readonly<Record<string, readonly [inside: number[], outside: number[], text: string]>> = {
  sizePx: [[1, 16_384], [0, 16_385, 1e9, 96.5], 'a whole number from 1 to 16,384'],
  maxTokens: [[1, 16_384], [0, 16_385, 1.5], 'a whole number from 1 to 16,384'],
  ngrams: [[1, 5], [0, 6, 1.5], 'a whole number from 1 to 5'],
  lora: [[1, 1024], [0, 1025, 1.5], 'a whole number from 1 to 1,024'],
  learningRate: [[Number.MIN_VALUE, 1e300], [0, -1], 'a number above 0'],
  l2: [[0, 1e9], [-1e-9], 'a number of at least 0'],
  weightDecay: [[0, 1], [-1e-9, 1.01], 'a number from 0 to 1'],
  ema: [[0, 0.9999], [-0.1, 1], 'a number from 0 to below 1'],
  accumulate: [[1, 1e6], [0, 1e6 + 1, 1.5], 'a whole number from 1 to 1,000,000'],
  layerDecay: [[1e-9, 1], [0, 1.01], 'a number above 0 and of at most 1'],
  labelSmoothing: [[0, 0.9999], [-0.1, 1], 'a number from 0 to below 1'],
  mixup: [[0.001, 1000], [0, 1e9], 'a number from 0.001 to 1,000'],
  cutmix: [[0.001, 1000], [0, 1e9], 'a number from 0.001 to 1,000'],
  batchSize: [[1, 1e6], [0, 2 ** 31], 'a whole number from 1 to 1,000,000'],
  epochs: [[1, 1e6], [0, 1e300], 'a whole number from 1 to 1,000,000'],
  patience: [[1, 1e6], [0, 1e300], 'a whole number from 1 to 1,000,000'],
  unknown: [[1e-4, 0.99], [0, 1, -0.1], 'a number above 0 and below 1'],
  views: [[1, 1e6], [0, 1e300], 'a whole number from 1 to 1,000,000'],
  validation: [[1e-9, 0.9999], [0, 1, 1.5], 'a number above 0 and below 1'],
  seed: [
    [-5, 0, Number.MAX_SAFE_INTEGER],
    [Number('12345678901234567890'), 0.5],
    'a whole number from -9,007,199,254,740,991 to 9,007,199,254,740,991',
  ],
};

it('looks at every number that a recipe has', () => {
  const numbers = [...ALL_FIELDS].flatMap(([key, { value }]) => (value.range === undefined ? [] : [key]));
  expect(numbers.toSorted()).toEqual(Object.keys(EDGES).toSorted());
});

describe.each(Object.entries(EDGES))('%s', (key, [inside, outside, text]) => {
  const range = findRange(key as RecipeKey);

  it('is taken or refused alike, by the range, a recipe file and the library', () => {
    expect(rangeText(range)).toBe(text);
    for (const value of inside) {
      expect(isInRange(range, value)).toBe(true);
      expect(recipeFileSchema.safeParse({ [key]: value }).success).toBe(true);
      expect(() => requireRecipeNumbers({ [key]: value })).not.toThrow();
    }
    for (const value of [...outside, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(isInRange(range, value)).toBe(false);
      expect(recipeFileSchema.safeParse({ [key]: value }).success).toBe(false);
      expect(() => requireRecipeNumbers({ [key]: value })).toThrow(
        withMessage(
          `recipe: expected ${text} for "${key}", received ${value}. Correct it, or leave it out for the default.`,
        ),
      );
    }
  });
});

it('numbers of later phases are looked at too, and words in the place of numbers', () => {
  expect(() => requireRecipeNumbers({ phases: [{ epochs: 3 }, { epochs: 0 }] })).toThrow(
    withMessage(
      'recipe: expected a whole number from 1 to 1,000,000 for "epochs" in phase 3, received 0. Correct it, or leave it out for the default.',
    ),
  );
  expect(() =>
    requireRecipeNumbers({ seed: 'x' }, { where: 'recipe "r.json"', advice: 'Correct the file.' }),
  ).toThrow(
    withMessage(
      'recipe "r.json": expected a whole number from -9,007,199,254,740,991 to 9,007,199,254,740,991 for "seed", received "x". Correct the file.',
    ),
  );
  expect(() =>
    requireRecipeNumbers({ ...DEFAULT_RECIPE, validation: 'photos', patience: null }),
  ).not.toThrow();
});

it('a classifier of the library refuses them before its backbone is loaded', async () => {
  await expect(
    buildClassifier({ ...DEFAULT_RECIPE, backbone: './no/such/file.h5', labelSmoothing: 1 }, 2),
  ).rejects.toThrow(
    withMessage(
      'recipe: expected a number from 0 to below 1 for "labelSmoothing", received 1. Correct it, or leave it out for the default.',
    ),
  );
});
