/** @file Between which learning rates a training can go well. The one place for that: warnings and searches agree on it. */

import type { Recipe } from './recipe.ts';

export interface LearningRateRange {
  /** Below it, nothing is learned. */
  readonly min: number;
  /** Above it, harm is done. */
  readonly max: number;
}

/** Sure ones only: what is best lies far inside. */
const RATES = {
  head: { sgd: { min: 1e-6, max: 10 }, others: { min: 1e-7, max: 0.1 } },
  network: { sgd: { min: 1e-7, max: 0.1 }, others: { min: 1e-8, max: 1e-3 } },
} as const;

/** Pretrained layers bear less than a new head, and adaptive optimizers take larger steps than SGD at the same rate. */
export function learningRateRange({
  unfreeze,
  optimizer,
}: Pick<Recipe, 'unfreeze' | 'optimizer'>): LearningRateRange {
  return RATES[unfreeze === null ? 'head' : 'network'][optimizer === 'sgd' ? 'sgd' : 'others'];
}
