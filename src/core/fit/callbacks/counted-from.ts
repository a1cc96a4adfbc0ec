/** @file A callback that hears of one phase of several as a part of the whole. */

import type { Callback } from './callback.ts';

/** Counts epochs on from those of earlier phases. @param offset - Epochs before. */
export function countedFrom(callback: Callback, offset: number): Callback {
  if (offset === 0) return callback;
  return {
    ...callback,
    onEpochBegin: (epoch, control) => callback.onEpochBegin?.(epoch + offset, control),
    onBatchEnd: (progress, control) =>
      callback.onBatchEnd?.({ ...progress, epoch: progress.epoch + offset }, control),
    onEpochEnd: (record, control) =>
      callback.onEpochEnd?.({ ...record, epoch: record.epoch + offset }, control),
  };
}
