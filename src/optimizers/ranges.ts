/** @file Checks of hyperparameters. */

import { GraftError } from '../errors/graft-error.ts';

/** @throws {GraftError} `argument`, unless every number lies in `[low, high]`. */
export function requireInRange(
  optimizer: string,
  options: Readonly<Record<string, number>>,
  low: number,
  high: number,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value >= low && value <= high) continue;
    throw new GraftError('argument', {
      where: `optimizer ${optimizer}`,
      expected: high === Number.MAX_VALUE ? `${name} of at least ${low}` : `${name} in [${low}, ${high}]`,
      received: `${value}`,
      advice: 'Correct it, or leave it out for the default.',
    });
  }
}
