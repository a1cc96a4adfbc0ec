/** @file Keeps the weights of the last whole epoch, whatever became of the one after it. */

import type { StepState } from '../../steps/training-step.ts';
import type { Callback } from './callback.ts';

/**
 * Where a training is interrupted within an epoch, puts back the weights that the epoch began with: those that the history tells of.
 * A training that comes to its end keeps what it has.
 */
export function keepLastEpoch(): Callback {
  let last: StepState | undefined;
  return {
    async onTrainBegin(control) {
      last = await control.readWeights();
    },
    async onEpochEnd({ epoch }, control) {
      // After the last one there is nothing to go back from.
      if (epoch < control.epochs) last = await control.readWeights(last);
    },
    state: () => ({ values: {}, weights: last }),
    restore({ weights }) {
      last = weights;
    },
    async onTrainEnd({ ended }, control) {
      if (last === undefined) return;
      if (ended === 'interrupted') await control.writeWeights(last);
      control.releaseWeights(last);
      last = undefined;
    },
  };
}
