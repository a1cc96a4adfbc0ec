/** @file Stops a training that no longer improves. */

import type { StepState } from '../../steps/training-step.ts';
import type { Callback } from './callback.ts';
import { Monitor, type MonitorOptions } from './monitor.ts';

/** When `earlyStopping` ends a training; names and defaults are those of Keras. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without an improvement before it stops, >= 1; Infinity only keeps the best weights. Default 1. */
  readonly patience?: number;
  /** Whether the best epoch's weights are put back at the end. Default false, as in Keras. */
  readonly restoreBestWeights?: boolean;
  /** The monitored metric of the weights that training begins with: they are the best until an epoch beats it. */
  readonly startingValue?: number | undefined;
}

/** Keras' EarlyStopping, with the epoch that was best. */
export interface EarlyStopping extends Callback {
  /** 0 before the first epoch has ended, or while the weights that training began with are the best. */
  readonly bestEpoch: number;
}

/** Ends the training when the monitored metric has not improved for `patience` epochs. */
export function earlyStopping(options: EarlyStoppingOptions = {}): EarlyStopping {
  const { patience = 1, restoreBestWeights = false, startingValue } = options;
  const monitor = new Monitor('early stopping', options, startingValue);
  let bestEpoch = 0;
  let lastEpoch = 0;
  let stopped = false;
  let best: StepState | undefined;
  return {
    get bestEpoch() {
      return bestEpoch;
    },
    async onTrainBegin(control) {
      monitor.reset();
      bestEpoch = 0;
      best = startingValue !== undefined && restoreBestWeights ? await control.readWeights() : undefined;
    },
    async onEpochEnd(record, control) {
      lastEpoch = record.epoch;
      if (monitor.improves(record)) {
        bestEpoch = record.epoch;
        if (restoreBestWeights) best = await control.readWeights(best);
      } else if (record.epoch - bestEpoch >= patience) {
        stopped = true;
        control.stop();
      }
    },
    state: () => ({ values: { bestEpoch, lastEpoch, best: monitor.best }, ...(best && { weights: best }) }),
    restore({ values, weights }) {
      bestEpoch = values['bestEpoch']!;
      lastEpoch = values['lastEpoch']!;
      monitor.best = values['best']!;
      best = weights;
    },
    async onTrainEnd(history, control) {
      // After an interruption the weights are those of an epoch that did not end.
      const moved = lastEpoch !== bestEpoch || history.ended === 'interrupted' || stopped;
      if (best !== undefined && moved) await control.writeWeights(best);
      // As large as the head; the weights are to be read out next.
      if (best !== undefined) control.releaseWeights(best);
      best = undefined;
    },
  };
}
