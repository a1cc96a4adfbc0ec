/** @file Lowers the learning rate when a metric no longer improves. */

import type { Callback } from './callback.ts';
import { Monitor, type MonitorOptions } from './monitor.ts';

/** When `reduceLROnPlateau` lowers the learning rate, and by how much; names and defaults are those of Keras. */
export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** The rate is multiplied by it, in (0, 1). Default 0.1. */
  readonly factor?: number;
  /** Epochs without an improvement before the rate is lowered. Default 10. */
  readonly patience?: number;
  /** Epochs after a reduction in which none are counted. Default 0. */
  readonly cooldown?: number;
  /** Least rate. Default 0. */
  readonly minLr?: number;
  /** Default 1e-4. */
  readonly minDelta?: number;
}

/** Keras' ReduceLROnPlateau. */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): Callback {
  const { factor = 0.1, patience = 10, cooldown = 0, minLr = 0 } = options;
  const monitor = new Monitor('reduce learning rate on plateau', { minDelta: 1e-4, ...options });
  let waited = 0;
  let cooling = 0;
  return {
    onTrainBegin() {
      monitor.reset();
      waited = 0;
      cooling = 0;
    },
    state: () => ({ values: { waited, cooling, best: monitor.best } }),
    restore({ values }) {
      waited = values['waited']!;
      cooling = values['cooling']!;
      monitor.best = values['best']!;
    },
    onEpochEnd(record, control) {
      if (cooling > 0) {
        cooling--;
        waited = 0;
      }
      if (monitor.improves(record)) waited = 0;
      else if (cooling === 0 && ++waited >= patience && control.learningRate > minLr) {
        control.learningRate = Math.max(control.learningRate * factor, minLr);
        cooling = cooldown;
        waited = 0;
      }
    },
  };
}
