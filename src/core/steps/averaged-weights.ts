/** @file Puts the moving averages in the weights' place. */

import { AVERAGE_SLOT } from '../optimizers/optimizer.ts';
import type { StepState } from './training-step.ts';

/**
 * The state with the averages as its weights, as Keras' `fit` leaves a model that was trained with `useEma`. The
 * weights stay as they are where no average is kept, or nothing was learned yet.
 */
export function withAveragedWeights(state: StepState): StepState {
  const { iteration, weights, slots } = state;
  if (iteration === 0) return state;
  return {
    ...state,
    weights: new Map(
      [...weights].map(([key, values]) => [key, slots.get(`${key}/${AVERAGE_SLOT}`) ?? values]),
    ),
  };
}
