/** @file How a check says what a class of one's own does not keep to. */

import { GraftError } from '../core/errors/graft-error.ts';

/** How near numbers must be: `|a - b| <= atol + rtol |b|`. */
export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

/** What computes the same in float32 by another order of operations. */
export const ROUNDING: Tolerance = { atol: 1e-5, rtol: 1e-4 };

export function broken(where: string, expected: string, received: string, advice: string): GraftError {
  return new GraftError('contract', { where, expected, received, advice });
}

/** @throws {GraftError} `contract`, with the largest difference, unless all numbers are near. */
export function requireClose(
  where: string,
  what: string,
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  { atol, rtol }: Tolerance,
  advice: string,
): void {
  if (actual.length !== wanted.length) {
    throw broken(where, `${what}: ${wanted.length} numbers`, `${actual.length}`, advice);
  }
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [actual[i]!, wanted[i]!];
    if (a === b || Math.abs(a - b) <= atol + rtol * Math.abs(b)) continue;
    throw broken(where, `${what}: ${b} at place ${i}`, `${a}`, advice);
  }
}
