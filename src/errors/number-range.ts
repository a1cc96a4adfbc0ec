/** @file Which numbers a place takes, how that is said, and what is said of others. */

import { GraftError } from './graft-error.ts';

/** Which numbers are taken. */
export interface NumberRange {
  readonly isWhole: boolean;
  readonly least: number;
  readonly most: number;
  /** Whether `least` itself is refused. Default false. */
  readonly isAboveLeast?: boolean;
  /** Whether `most` itself is refused. Default false. */
  readonly isBelowMost?: boolean;
}

/** Whole numbers from `least` to `most`. */
export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): NumberRange {
  return { isWhole: true, least, most };
}

/** Finite numbers above 0. */
export const POSITIVE: NumberRange = { isWhole: false, least: 0, most: Number.MAX_VALUE, isAboveLeast: true };

/** Finite numbers from 0 on. */
export const NOT_NEGATIVE: NumberRange = { isWhole: false, least: 0, most: Number.MAX_VALUE };

export function isInRange(
  { isWhole, least, most, isAboveLeast, isBelowMost }: NumberRange,
  value: number,
): boolean {
  if (isWhole && !Number.isSafeInteger(value)) return false;
  return (isAboveLeast ? value > least : value >= least) && (isBelowMost ? value < most : value <= most);
}

/** `a whole number from 1 to 2,048`, `a number above 0`, `a number from 0 to below 1`. */
export function rangeText({ isWhole, least, most, isAboveLeast, isBelowMost }: NumberRange): string {
  const noun = isWhole ? 'a whole number' : 'a number';
  const [from, to] = [least, most].map((value) => value.toLocaleString('en'));
  const isUnlimited = most >= Number.MAX_SAFE_INTEGER && least > Number.MIN_SAFE_INTEGER;
  if (isUnlimited) return `${noun} ${isAboveLeast ? 'above' : 'of at least'} ${from}`;
  const end = `${isBelowMost ? 'below ' : ''}${to}`;
  return isAboveLeast
    ? `${noun} above ${from} and ${isBelowMost ? '' : 'of at most '}${end}`
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
