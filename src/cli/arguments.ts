/** @file How the numbers of the command line are read. */

import { InvalidArgumentError } from 'commander';

/** A reader of whole numbers of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** Reads a number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('Expected a number above 0.');
  }
  return value;
}

/** Reads a number of at least 0. */
export function nonNegativeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('Expected a number of at least 0.');
  }
  return value;
}

/** Reads a number between 0 and 1, neither of them included. */
export function probability(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 1) return value;
  throw new InvalidArgumentError('Expected a number between 0 and 1.');
}

/** Reads a share between 0 and 1, or else the path of a folder. */
export function folderOrShare(text: string): string | number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) return text;
  if (value <= 0 || value >= 1)
    throw new InvalidArgumentError('Expected a share between 0 and 1, or a folder.');
  return value;
}
