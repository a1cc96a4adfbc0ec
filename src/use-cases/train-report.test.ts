import { expect, it } from 'vitest';
import type { Task } from '../recipe/task.ts';
import type { TrainedClassifier } from '../runs/grow-classifier.ts';
import { trainReport } from './train-report.ts';

const metrics = {
  examples: 2,
  loss: 0.1,
  accuracy: 1,
  interval: [0.3, 1],
  balancedAccuracy: 1,
  macroF1: 1,
  baseline: 0.5,
  classes: [],
  confusion: [],
};
const trained = {
  recipe: { task: 'classification' },
  classNames: ['a', 'b'],
  history: { epochs: [], ended: 'stopped' },
  bestEpoch: 3,
  phases: [],
  train: metrics,
  validation: metrics,
  parameters: { total: 10, trainable: 2 },
  seconds: { features: 1, training: 1 },
  imagesPerSecond: 20,
  features: { computed: 4, known: 16 },
  skipped: [],
} as unknown as TrainedClassifier;
const images = {
  task: 'classification' as const,
  classNames: [],
  train: [],
  validation: [],
  test: undefined,
  skipped: [],
  warnings: [],
  validationSource: '',
};
const reportOf = (changes: object) =>
  trainReport({ ...trained, ...changes } as TrainedClassifier<Task>, images, {
    run: 'run',
    model: 'run/model.onnx',
    total: 2,
  });

it('tells programs of a classifier what the issue of a training is, without its single classes', () => {
  const { examples, ...others } = { examples: 2, loss: 0.1, accuracy: 1 };
  const brief = { examples, ...others, balancedAccuracy: 1, macroF1: 1, baseline: 0.5 };
  const { peakMemoryBytes, duplicates, ...report } = JSON.parse(JSON.stringify(reportOf({})));
  expect(report).toEqual({
    run: 'run',
    model: 'run/model.onnx',
    modality: 'image',
    task: 'classification',
    classNames: ['a', 'b'],
    train: brief,
    validation: { ...brief, interval: [0.3, 1] },
    ended: 'early-stopping',
    epochs: 0,
    bestEpoch: 3,
    parameters: { total: 10, trainable: 2 },
    seconds: { features: 1, training: 1, total: 2 },
    examplesPerSecond: 20,
    features: { computed: 4, cached: 16 },
    skipped: [],
  });
  expect([peakMemoryBytes > 1e6, duplicates.groups]).toEqual([true, []]);
});

it('tells what int8 cost, where it was asked for', () => {
  const comparison = { images: 2, int8: 0.5, float32: 1, same: 0.5 };
  expect(reportOf({ int8: { frozen: {}, comparison } }).int8).toEqual({
    examples: 2,
    int8: 0.5,
    float32: 1,
    agreement: 0.5,
  });
  expect(reportOf({}).int8).toBeUndefined();
});
