/** @file Stops a training whose loss is not a number any more. */

import type { Callback } from './callback.ts';

/**
 * Keras' TerminateOnNaN: ends the training quietly at the first loss that is not finite. Without it, such a loss
 * throws an error.
 */
export function terminateOnNaN(): Callback {
  return {
    toleratesNaN: true,
    onBatchEnd({ loss }, control) {
      if (!Number.isFinite(loss)) control.stop();
    },
  };
}
