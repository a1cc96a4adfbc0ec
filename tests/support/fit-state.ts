/** @file Keeps the state of a training beyond the moment that it is given for. */

import type { FitState } from '../../src/training/fit-state.ts';
import type { StepState } from '../../src/training/training-step.ts';

/** A copy: a state that is saved is good only until its promise is settled. */
export function copiedState({ weights, ...state }: FitState): FitState {
  const all = (numbers: StepState['weights']): Map<string, Float32Array> =>
    new Map([...numbers.keys()].map((key) => [key, numbers.get(key)!.slice()]));
  return {
    ...structuredClone(state),
    weights: { iteration: weights.iteration, weights: all(weights.weights), slots: all(weights.slots) },
  };
}
