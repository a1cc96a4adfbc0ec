/** @file Checks of hyperparameters. */

import { GraftError } from '../errors/graft-error.ts';

/** The numbers that a setting takes: from `min` on, up to `max` or to just below `below`; without both, any finite one. */
export interface Range {
  readonly min: number;
  readonly max?: number;
  readonly below?: number;
}

/** @throws {GraftError} `argument`, unless every number lies in the range. */
export function requireInRange(
  optimizer: string,
  options: Readonly<Record<string, number>>,
  { min, max, below }: Range,
): void {
  for (const [name, value] of Object.entries(options)) {
    const isBelow = below === undefined ? value <= (max ?? Number.MAX_VALUE) : value < below;
    if (value >= min && isBelow) continue;
    const end = below === undefined ? max && `${max}]` : `${below})`;
    throw new GraftError('argument', {
      where: `optimizer ${optimizer}`,
      expected: end === undefined ? `${name} of at least ${min}` : `${name} in [${min}, ${end}`,
      received: `${value}`,
      advice: 'Correct it, or leave it out for the default.',
    });
  }
}
