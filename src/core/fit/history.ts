/** @file What happened in each epoch. */

/** Metrics of one epoch. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /**
   * By Keras' names: `loss`, the metrics, and `val_...` of both where there is validation data, then `learning_rate`.
   * Training metrics are means over the epoch's batches, with dropout, while the weights moved.
   */
  readonly logs: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** From 1; only of trainings with several phases. */
  readonly phase?: number | undefined;
}

/** What a training came to, epoch by epoch. */
export interface History {
  readonly epochs: readonly EpochRecord[];
  /** Why it ended: all epochs were done, a callback stopped it, or the person did. */
  readonly ended: 'epochs' | 'stopped' | 'interrupted';
}

/** One metric of all epochs, as Keras' `history.history['loss']`; empty if there is none of that name. */
export function seriesOf({ epochs }: History, name: string): number[] {
  return epochs.flatMap(({ logs }) => logs[name] ?? []);
}
