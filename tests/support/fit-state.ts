/** @file Keeps the state of a training beyond the moment that it is given for. */

import type { FitState, FitStateView } from '../../src/core/fit/fit-state.ts';
import type { NumbersView, StateView, StepState } from '../../src/core/steps/training-step.ts';

/** A copy: a state that is saved is good only until its promise is settled. */
export function copiedState({ weights, ...state }: FitStateView): FitState {
  return { ...structuredClone(state), weights: copiedView(weights) };
}

/** What a step shows of itself, piece by piece, as one that is held. */
export function copiedView({ iteration, weights, slots }: StateView): StepState {
  const all = (views: StateView['weights']): Map<string, Float32Array> =>
    new Map([...views].map(([key, view]) => [key, copiedNumbers(view)]));
  return { iteration, weights: all(weights), slots: all(slots) };
}

export function copiedNumbers({ length, pieces }: NumbersView): Float32Array {
  const numbers = new Float32Array(length);
  let place = 0;
  for (const piece of pieces()) {
    numbers.set(piece, place);
    place += piece.length;
  }
  if (place !== length) throw new Error(`${place} numbers instead of ${length}`);
  return numbers;
}
