/** @file Between which learning rates a training can go well. The one place for that: warnings and searches agree on it. */

import type { LearningRateRange } from '../core/fit/rate-suggestion.ts';
import { optimizerNamed } from '../core/optimizers/optimizers.ts';
import type { Recipe } from './recipe.ts';

/** Sure ones only: what is best lies far inside. */
const RATES = {
  head: { proportional: { min: 1e-6, max: 10 }, adaptive: { min: 1e-7, max: 0.1 } },
  network: { proportional: { min: 1e-7, max: 0.1 }, adaptive: { min: 1e-8, max: 1e-3 } },
} as const;

/** Pretrained layers bear less than a new head, and adaptive optimizers take larger steps than SGD at the same rate. */
export function learningRateRange({
  unfreeze,
  optimizer,
}: Pick<Recipe, 'unfreeze' | 'optimizer'>): LearningRateRange {
  const { adaptive } = optimizerNamed(optimizer).descriptor;
  return RATES[unfreeze === null ? 'head' : 'network'][adaptive ? 'adaptive' : 'proportional'];
}
