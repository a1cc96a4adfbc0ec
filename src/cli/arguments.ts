/** @file How the numbers of the command line are read. */

import { InvalidArgumentError } from 'commander';
import {
  isInRange,
  NOT_NEGATIVE,
  type NumberRange,
  POSITIVE,
  rangeText,
  whole,
} from '../core/errors/number-range.ts';

/** A reader of numbers of a range. @param orZero - Whether 0 is taken too, which stands for none. */
export function numberOf(range: NumberRange, orZero?: 'or 0'): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const isTaken = isInRange(range, value) || (orZero !== undefined && value === 0);
    if (text.trim() !== '' && isTaken) return value;
    throw new InvalidArgumentError(`Expected ${rangeText(range)}${orZero === undefined ? '' : ', or 0'}.`);
  };
}

/** A reader of whole numbers. */
export function wholeNumber(min: number, max?: number): (text: string) => number {
  return numberOf(whole(min, max));
}

/** Reads a number above 0. */
export const positiveNumber: (text: string) => number = numberOf(POSITIVE);

/** Reads a number of at least 0. */
export const nonNegativeNumber: (text: string) => number = numberOf(NOT_NEGATIVE);

/** As many threads as a machine may have. */
export const threadCount: (text: string) => number = wholeNumber(1, 1024);

/** Reads a number between 0 and 1, neither of them included. */
export function probability(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 1) return value;
  throw new InvalidArgumentError('Expected a number between 0 and 1.');
}

/** Reads a fraction between 0 and 1, or else the path of a folder. */
export function folderOrFraction(text: string): string | number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) return text;
  if (value <= 0 || value >= 1)
    throw new InvalidArgumentError('Expected a fraction between 0 and 1, or a folder.');
  return value;
}
