/** @file What a run tells of its training is read again, but for numbers that no training comes to. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTrainingRecord, type TrainingRecord, writeTrainingRecord } from './training-record.ts';

let run: string;
beforeAll(() => {
  run = mkdtempSync(join(tmpdir(), 'graft-record-'));
});
afterAll(() => rmSync(run, { recursive: true }));

const RECORD: TrainingRecord = {
  data: 'reviews.csv',
  path: '/data/reviews.csv',
  csv: { as: 'texts' },
  dataSha256: 'ab',
  seconds: { features: 0, training: 0.5, total: 1.5 },
  peakMemoryBytes: 1e8,
  parameters: { total: 10, trainable: 3 },
  ended: 'epochs',
  skipped: [{ file: 'reviews.csv, line 3', reason: 'empty text' }],
  duplicates: { images: 0, distinct: 0, differing: 0, sets: [], groups: [] },
};

it('is what was written', async () => {
  await writeTrainingRecord(run, RECORD);
  expect(await readTrainingRecord(run)).toEqual(RECORD);
});

it.each([
  ['a time before the beginning', { seconds: { features: 0, training: -1e300, total: 1 } }],
  ['memory that nothing has', { peakMemoryBytes: -1 }],
  ['half a number', { parameters: { total: 0.5, trainable: 1 } }],
  ['copies by the fraction', { duplicates: { ...RECORD.duplicates, images: 1.5 } }],
  ['another end', { ended: 'never' }],
])('is none with %s', async (_, lie) => {
  await writeTrainingRecord(run, RECORD);
  const file = join(run, 'training.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...lie }));
  expect(await readTrainingRecord(run)).toBeUndefined();
});
