/** @file Sets the learning rate of every epoch by a function. */

import { GraftError } from '../../errors/graft-error.ts';
import type { Callback } from './callback.ts';

/**
 * Keras' LearningRateScheduler.
 *
 * @param schedule - From the epoch, **counted from 0 as in Keras**, and the present rate, to the rate, > 0.
 * @throws {GraftError} `argument`, while training, if it gives no number above 0.
 */
export function learningRateScheduler(schedule: (epoch: number, learningRate: number) => number): Callback {
  return {
    onEpochBegin(epoch, control) {
      const rate = schedule(epoch - 1, control.learningRate);
      if (!(Number.isFinite(rate) && rate > 0)) {
        throw new GraftError('argument', {
          where: `learning rate schedule, epoch ${epoch}`,
          expected: 'a number above 0',
          received: String(rate),
          advice: 'Return the rate for every epoch.',
        });
      }
      control.learningRate = rate;
    },
  };
}
