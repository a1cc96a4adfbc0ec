/** @file Which numbers a place takes, how that is said, and what is said of others. */

import { GraftError } from './graft-error.ts';

/** Which numbers are taken. */
export interface NumberRange {
  readonly isWhole: boolean;
  readonly min: number;
  readonly max: number;
  /** Whether `min` itself is refused. Default false. */
  readonly isAboveMin?: boolean;
  /** Whether `max` itself is refused. Default false. */
  readonly isBelowMax?: boolean;
}

/** Whole numbers from `min` to `max`. */
export function whole(min: number, max: number = Number.MAX_SAFE_INTEGER): NumberRange {
  return { isWhole: true, min, max };
}

/** Finite numbers above 0. */
export const POSITIVE: NumberRange = { isWhole: false, min: 0, max: Number.MAX_VALUE, isAboveMin: true };

/** Finite numbers from 0 on. */
export const NOT_NEGATIVE: NumberRange = { isWhole: false, min: 0, max: Number.MAX_VALUE };

export function isInRange(
  { isWhole, min, max, isAboveMin, isBelowMax }: NumberRange,
  value: number,
): boolean {
  if (isWhole && !Number.isSafeInteger(value)) return false;
  return (isAboveMin ? value > min : value >= min) && (isBelowMax ? value < max : value <= max);
}

/** `a whole number from 1 to 2,048`, `a number above 0`, `a number from 0 to below 1`. */
export function rangeText({ isWhole, min, max, isAboveMin, isBelowMax }: NumberRange): string {
  const noun = isWhole ? 'a whole number' : 'a number';
  const from = min.toLocaleString('en');
  const isUnlimited = max >= Number.MAX_SAFE_INTEGER && min > Number.MIN_SAFE_INTEGER;
  if (isUnlimited) return `${noun} ${isAboveMin ? 'above' : 'of at least'} ${from}`;
  const end = `${isBelowMax ? 'below ' : ''}${max.toLocaleString('en')}`;
  return isAboveMin
    ? `${noun} above ${from} and ${isBelowMax ? '' : 'of at most '}${end}`
    : `${noun} from ${from} to ${end}`;
}

/**
 * Refuses a number that is out of its range.
 *
 * @param where - `fit`.
 * @param name - `epochs`.
 * @throws {GraftError} `argument`.
 */
export function requireNumber(where: string, name: string, range: NumberRange, value: number): void {
  if (isInRange(range, value)) return;
  throw new GraftError('argument', {
    where,
    expected: `${rangeText(range)} for "${name}"`,
    received: String(value),
    advice: 'Correct it, or leave it out for the default.',
  });
}
