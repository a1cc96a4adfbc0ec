/** @file The numbers of a recipe: which are taken, wherever they are said. The one place for their ranges. */

import { z } from 'zod';
import { GraftError } from '../errors/graft-error.ts';
import { isInRange, type NumberRange, POSITIVE, rangeText, whole } from '../errors/number-range.ts';

const FRACTION = { isWhole: false, min: 0, max: 1 } as const;
/** More are a slip of the keyboard, and would be counted in memory. */
const MANY = 1_000_000;

/** The keys of a recipe whose values are numbers. */
export type RecipeNumber =
  | 'sizePx'
  | 'learningRate'
  | 'weightDecay'
  | 'ema'
  | 'accumulate'
  | 'layerDecay'
  | 'labelSmoothing'
  | 'mixup'
  | 'cutmix'
  | 'batchSize'
  | 'epochs'
  | 'patience'
  | 'views'
  | 'validation'
  | 'seed';

/** By the recipe's keys. */
export const RECIPE_NUMBERS: Readonly<Record<RecipeNumber, NumberRange>> = {
  // Far beyond what any network was made for; whether it fits into the memory is looked at when the network is known.
  sizePx: whole(1, 16_384),
  learningRate: POSITIVE,
  weightDecay: FRACTION,
  // An average that nothing is added to stays what it was.
  ema: { ...FRACTION, isBelowMost: true },
  accumulate: whole(1, MANY),
  layerDecay: { ...FRACTION, isAboveMin: true },
  labelSmoothing: { ...FRACTION, isBelowMost: true },
  // Beyond, all mixing is the same: by halves, or none.
  mixup: { isWhole: false, min: 0.001, max: 1000 },
  cutmix: { isWhole: false, min: 0.001, max: 1000 },
  batchSize: whole(1, MANY),
  epochs: whole(1, MANY),
  patience: whole(1, MANY),
  views: whole(1, MANY),
  validation: { ...FRACTION, isAboveMin: true, isBelowMost: true },
  seed: whole(Number.MIN_SAFE_INTEGER),
};

/** A schema for numbers of a range; what it refuses is told in words. */
export function numberIn(range: NumberRange): z.ZodType<number> {
  return z.number().refine((value) => isInRange(range, value), {
    error: ({ input }) => `expected ${rangeText(range)}, received ${input}`,
  });
}

/** Who complains, and what the person can do. */
interface Complaint {
  /** Default `recipe`. */
  readonly where?: string;
  readonly advice?: string;
}

/**
 * Refuses a recipe's numbers that are out of their ranges, those of its further phases too, before they do harm.
 *
 * @throws {GraftError} `argument`.
 */
export function requireRecipeNumbers(recipe: object, complaint: Complaint = {}): void {
  const { where = 'recipe', advice = 'Correct it, or leave it out for the default.' } = complaint;
  const { phases } = recipe as { readonly phases?: unknown };
  const parts: readonly unknown[] = [recipe, ...(Array.isArray(phases) ? phases : [])];
  for (const [index, part] of parts.entries()) {
    for (const [key, value] of Object.entries(Object(part))) {
      const range = rangeOf(key);
      if (range === undefined || value === undefined || value === null) continue;
      if (typeof value === 'number' ? isInRange(range, value) : key === 'validation') continue;
      const place = index === 0 ? '' : ` in phase ${index + 1}`;
      throw new GraftError('argument', {
        where,
        expected: `${rangeText(range)} for "${key}"${place}`,
        received: typeof value === 'string' ? `"${value}"` : String(value),
        advice,
      });
    }
  }
}

/** The range of a recipe's number; undefined for what is none. */
export function rangeOf(key: string): NumberRange | undefined {
  return Object.hasOwn(RECIPE_NUMBERS, key) ? RECIPE_NUMBERS[key as RecipeNumber] : undefined;
}
