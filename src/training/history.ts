/** @file What happened in each epoch. */

/** Figures of one epoch, by Keras' names in camel case. Validation figures are missing without validation data. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean over the epoch's batches, with dropout, while the weights moved. */
  readonly loss: number;
  readonly accuracy: number;
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  readonly learningRate: number;
  readonly seconds: number;
}

export interface History {
  readonly epochs: readonly EpochRecord[];
  /** The epoch whose weights were kept; 0 if none was completed. */
  readonly bestEpoch: number;
  /** Why it ended. */
  readonly ended: 'epochs' | 'early-stopping' | 'interrupted';
}
