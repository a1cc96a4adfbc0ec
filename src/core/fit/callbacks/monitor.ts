/** @file Watches one metric of the epochs for improvement, as Keras' callbacks do. */

import { GraftError } from '../../errors/graft-error.ts';
import type { EpochRecord } from '../history.ts';

export interface MonitorOptions {
  /** A metric of the epoch: `loss`, `accuracy`, `val_loss`, `val_accuracy`, ... Default `val_loss`. */
  readonly monitor?: string;
  /** Whether smaller is better. `auto`: larger is better for accuracies and their like, smaller for all else. Default `auto`. */
  readonly mode?: 'auto' | 'min' | 'max';
  /** Least change that counts as an improvement, >= 0. Default 0. */
  readonly minDelta?: number;
}

export class Monitor {
  readonly name: string;
  readonly #where: string;
  readonly #sign: 1 | -1;
  readonly #minDelta: number;
  readonly #threshold: number;
  /** What later epochs are held to; smaller is better, whatever the metric. */
  best: number;

  /**
   * @param where - The callback, for messages: `early stopping`.
   * @param threshold - What the first epoch has to be better than. Default anything is.
   */
  constructor(where: string, options: MonitorOptions, threshold?: number) {
    const { monitor = 'val_loss', mode = 'auto', minDelta = 0 } = options;
    this.name = monitor;
    this.#where = where;
    this.#minDelta = minDelta;
    const larger =
      mode === 'max' || (mode === 'auto' && /accuracy|top_k|auc|precision|recall|f1|r2/.test(monitor));
    this.#sign = larger ? -1 : 1;
    this.#threshold = threshold === undefined ? Number.POSITIVE_INFINITY : this.#sign * threshold;
    this.best = this.#threshold;
  }

  /**
   * The metric in an epoch's record.
   *
   * @throws {GraftError} `argument`, if the epoch has none of that name.
   */
  valueOf({ logs }: EpochRecord): number {
    const value = logs[this.name];
    if (value !== undefined) return value;
    const names = Object.keys(logs).map((name) => `"${name}"`);
    throw new GraftError('argument', {
      where: this.#where,
      expected: `a metric among ${names.join(', ')}`,
      received: `"${this.name}"`,
      advice: this.name.startsWith('val_')
        ? 'Give validation data, or monitor "loss".'
        : 'Monitor one of these, or compile with that metric.',
    });
  }

  /** Whether the epoch is better than all before it; if so, it is what later ones are held to. */
  improves(record: EpochRecord): boolean {
    const value = this.#sign * this.valueOf(record);
    if (!(value < this.best - this.#minDelta)) return false;
    this.best = value;
    return true;
  }

  /** Forgets what was best, except the threshold. */
  reset(): void {
    this.best = this.#threshold;
  }
}
