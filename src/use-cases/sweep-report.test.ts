import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { foldReport } from '../events/sweep-report.ts';
import { type SweepReport, writeSweep } from './sweep-report.ts';

const row = {
  cut: 'mixed7',
  head: 'gap,dense:8',
  optimizer: 'adam',
  learningRate: 0.001,
  validation: {
    examples: 10,
    loss: 0.25,
    accuracy: 0.9,
    interval: [0.6, 0.98],
    balancedAccuracy: 0.75,
    macroF1: 0.7,
    baseline: 0.5,
  },
  epochs: 12,
  bestEpoch: 7,
  parameters: { total: 100, trainable: 10 },
  seconds: 1.5,
} as const;

const report: SweepReport = {
  run: 'runs/heads',
  model: 'runs/heads/model.onnx',
  modality: 'image',
  task: 'classification',
  classNames: ['a', 'b'],
  combinations: 4,
  ended: 'complete',
  rows: [
    { ...row, folds: { accuracies: [0.8, 1], mean: 0.9, std: 0.125 } },
    { ...row, head: 'linear', difference: { pValue: 0.5, adjustedPValue: 1, isWorse: false } },
    { ...row, cut: 'mixed6', difference: { pValue: 0.001, adjustedPValue: 0.002, isWorse: true } },
  ],
  failed: [
    { cut: 'mixed6', head: 'flatten-dense-1024', optimizer: 'sgd', learningRate: 10, reason: 'diverged' },
  ],
  features: { computed: 10, cached: 0 },
  seconds: { features: 1, training: 2, total: 4 },
  peakMemoryBytes: 100e6,
  duplicates: { images: 0, distinct: 0, differing: 0, sets: [], groups: [] },
  skipped: [],
};

it('is written as JSON, and as CSV with a line for every row', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'graft-sweep-report-'));
  try {
    await writeSweep(folder, report);
    expect(JSON.parse(await readFile(join(folder, 'sweep.json'), 'utf8'))).toEqual(report);
    expect(await readFile(join(folder, 'sweep.csv'), 'utf8')).toBe(
      [
        'cut,head,optimizer,learning_rate,val_accuracy,interval_low,interval_high,val_loss,val_balanced_accuracy,val_macro_f1,baseline_accuracy,fold_mean,fold_std,epochs,best_epoch,trained_parameters,seconds,p_value,adjusted_p_value,against_best',
        'mixed7,"gap,dense:8",adam,0.001,0.9,0.6,0.98,0.25,0.75,0.7,0.5,0.9,0.125,12,7,10,1.5,,,',
        'mixed7,linear,adam,0.001,0.9,0.6,0.98,0.25,0.75,0.7,0.5,,,12,7,10,1.5,0.5,1,not significantly different',
        'mixed6,"gap,dense:8",adam,0.001,0.9,0.6,0.98,0.25,0.75,0.7,0.5,,,12,7,10,1.5,0.001,0.002,worse',
        'mixed6,flatten-dense-1024,sgd,10,,,,,,,,,,,,,,,,failed',
        '',
      ].join('\n'),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('gives the mean and the standard deviation of folds', () => {
  expect(foldReport([0.5, 0.75, 1])).toEqual({ accuracies: [0.5, 0.75, 1], mean: 0.75, std: 0.25 });
});
