/** @file The history of a run as CSV, by Keras' column names. */

import { stringify } from 'csv-stringify/sync';
import type { EpochRecord } from '../training/history.ts';

const COLUMNS = [
  ['epoch', 'epoch'],
  ['accuracy', 'accuracy'],
  ['loss', 'loss'],
  ['valAccuracy', 'val_accuracy'],
  ['valLoss', 'val_loss'],
  ['learningRate', 'learning_rate'],
  ['seconds', 'seconds'],
] as const satisfies readonly (readonly [keyof EpochRecord, string])[];

/** A header line, then one line an epoch. Numbers are written in full. */
export function historyCsv(records: readonly EpochRecord[]): string {
  return stringify([...records], {
    header: true,
    columns: COLUMNS.map(([key, header]) => ({ key, header })),
  });
}
