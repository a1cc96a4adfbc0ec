/** @file The one option of the crossentropies. */

import { GraftError } from '../errors/graft-error.ts';

export interface CrossentropyOptions {
  /** How much of a target is spread evenly over the classes, in [0, 1]. Default 0. */
  readonly labelSmoothing?: number;
}

/** @throws {GraftError} `argument`, if the smoothing is not in [0, 1]. */
export function labelSmoothingOf(where: string, { labelSmoothing = 0 }: CrossentropyOptions): number {
  if (labelSmoothing >= 0 && labelSmoothing <= 1) return labelSmoothing;
  throw new GraftError('argument', {
    where,
    expected: 'labelSmoothing in [0, 1]',
    received: `${labelSmoothing}`,
    advice: 'Usual is 0.1.',
  });
}
