/** @file The numbers of a batch whose features are one tensor. */

import type { Batch } from '../../src/core/steps/training-step.ts';

export function numbersOf({ features }: Pick<Batch, 'features'>): Float32Array {
  return features[0]!.data as Float32Array;
}
