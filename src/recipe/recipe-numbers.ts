/** @file The numbers of a recipe: which are taken, wherever they are said. */

import { GraftError } from '../core/errors/graft-error.ts';
import { isInRange, type NumberRange, rangeText } from '../core/errors/number-range.ts';
import { ALL_FIELDS, type RecipeKey } from './recipe.ts';

/** Who complains, and what the person can do. */
export interface Complaint {
  /** Default `recipe`. */
  readonly where?: string | undefined;
  readonly advice?: string | undefined;
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
      const field = ALL_FIELDS.get(key as RecipeKey)?.value;
      if (field?.range === undefined || value === undefined || value === null) continue;
      if (typeof value === 'number' ? isInRange(field.range, value) : field.takesText) continue;
      const place = index === 0 ? '' : ` in phase ${index + 1}`;
      throw new GraftError('argument', {
        where,
        expected: `${rangeText(field.range)} for "${key}"${place}`,
        received: typeof value === 'string' ? `"${value}"` : String(value),
        advice,
      });
    }
  }
}

/** The range of one of a recipe's numbers. */
export function findRange(key: RecipeKey): NumberRange {
  const range = ALL_FIELDS.get(key)?.value.range;
  if (range === undefined) throw new Error(`"${key}" is not a number of a recipe.`);
  return range;
}
