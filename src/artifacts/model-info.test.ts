import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { DEFAULT_RECIPE } from '../recipe/recipe.ts';
import { AUGMENTATION_PRESETS } from '../vision/augmentation/augmentation-spec.ts';
import {
  decodeModelInfo,
  encodeModelInfo,
  FORMAT_VERSION,
  type MultiLabelModelInfo,
  type RegressionModelInfo,
  type SavedModelInfo,
  type TrainedModelInfo,
} from './model-info.ts';
import type { StoredMultiLabelReport, StoredRegressionReport } from './report-schema.ts';

const info: TrainedModelInfo = {
  formatVersion: FORMAT_VERSION,
  graftVersion: '1.2.3',
  classNames: ['cats', 'dogs'],
  input: { widthPx: 224, heightPx: 224, resize: 'squash' },
  recipe: { ...DEFAULT_RECIPE, task: 'classification', cut: 'block_15_add', sizePx: 224, resize: 'squash' },
  backbone: { name: 'mobilenet', source: 'npm', license: 'Apache-2.0' },
  train: { examples: 10, loss: 0.1, accuracy: 1, interval: [0.7, 1] },
  validation: {
    examples: 5,
    loss: 0.2,
    accuracy: 0.8,
    interval: [0.4, 0.9],
    balancedAccuracy: 0.75,
    macroF1: 0.7,
    baseline: 0.6,
  },
  bestEpoch: 2,
  epochs: 3,
};
const saved: SavedModelInfo = {
  formatVersion: FORMAT_VERSION,
  graftVersion: '1.2.3',
  classNames: ['cats', 'dogs'],
  input: { widthPx: 150, heightPx: 100, resize: 'squash' },
};
const { train: _, validation: __, test: ___, ...facts } = info;
const rates = { precision: 1, recall: 0.5, f1: 2 / 3, auc: null };
/** As older versions wrote them, without baselines. */
const labelMetrics: StoredMultiLabelReport = {
  examples: 4,
  threshold: 0.5,
  loss: 0.2,
  exactMatch: 0.75,
  interval: [0.3, 0.95],
  labels: [{ label: 'cats', ...rates, support: 2 }],
  micro: rates,
  macro: { ...rates, auc: 0.9 },
};
const ofLabels: MultiLabelModelInfo = {
  ...facts,
  classNames: ['cats'],
  task: 'multi-label',
  threshold: 0.5,
  train: labelMetrics,
  validation: labelMetrics,
};
const valueMetrics: StoredRegressionReport = {
  examples: 4,
  loss: 2,
  values: [
    { name: 'age', mae: 1, rmse: 1.5, r2: null, intervals: { mae: [0.5, 1.5], rmse: [1, 2], r2: null } },
  ],
};
const ofValues: RegressionModelInfo = {
  ...facts,
  classNames: ['age'],
  task: 'regression',
  train: valueMetrics,
  validation: valueMetrics,
  test: valueMetrics,
};
const damaged = (change: object): Record<string, string> => ({
  graft: JSON.stringify({ ...info, ...change }),
});

describe('decodeModelInfo', () => {
  it('reads what encodeModelInfo wrote', () => {
    expect(decodeModelInfo('m.onnx', encodeModelInfo(info))).toEqual(info);
    expect(decodeModelInfo('m.onnx', encodeModelInfo(saved))).toEqual(saved);
    expect(decodeModelInfo('m.onnx', encodeModelInfo(ofLabels))).toEqual(ofLabels);
    expect(decodeModelInfo('m.onnx', encodeModelInfo(ofValues))).toEqual(ofValues);
  });

  it('reads the license as format 1 spells it', () => {
    const { license, ...backbone } = info.backbone;
    const old = damaged({ formatVersion: 1, backbone: { ...backbone, licence: license } });
    expect(decodeModelInfo('m.onnx', old)).toMatchObject({ backbone: info.backbone });
  });

  it('reads recipes of text, as format 1 has them', () => {
    const recipe = {
      ...info.recipe,
      task: 'single-label',
      head: 'book',
      preprocessing: 'mean=0.5,std=0.25',
      augmentation: 'book,fill:wrap',
      schedule: 'cosine:warmup=100steps,final=0.01',
      clip: 'global:1',
      phases: [{ learningRate: 1e-5, schedule: 'step:every=10' }],
    };
    expect(decodeModelInfo('m.onnx', damaged({ formatVersion: 1, recipe })).recipe).toEqual({
      ...info.recipe,
      head: [
        { type: 'flatten' },
        { type: 'dense', units: 1024, activation: 'relu' },
        { type: 'dropout', rate: 0.2 },
      ],
      preprocessing: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      augmentation: { ...AUGMENTATION_PRESETS.geometric, fill: 'wrap' },
      schedule: { type: 'cosine', warmup: { steps: 100 }, alpha: 0.01 },
      clip: { type: 'global', limit: 1 },
      phases: [{ learningRate: 1e-5, schedule: { type: 'step', every: { epochs: 10 } } }],
    });
  });

  it.each([
    [
      damaged({ recipe: { ...info.recipe, head: 'gap,dens:8' } }),
      'model "m.onnx": expected complete metadata, received "recipe.head": expected layers among gap, gmp, flatten, dense, dropout, received "dens:8". The file was changed after it was written: train again, or use another copy.',
    ],
    [
      damaged({ recipe: { ...info.recipe, schedule: { type: 'cosine', alpha: -1 } } }),
      'model "m.onnx": expected complete metadata, received "recipe.schedule": expected alpha of at least 0, received -1. The file was changed after it was written: train again, or use another copy.',
    ],
    [
      {},
      'model "m.onnx": expected a model that Graft trained (metadata entry \'graft\'), received an ONNX file without it. Give the model.onnx of a run folder.',
    ],
    [
      { graft: '{' },
      'model "m.onnx": expected metadata in JSON, received text that is not JSON. The file was changed after it was written: train again, or use another copy.',
    ],
    [
      damaged({ formatVersion: FORMAT_VERSION + 1 }),
      `model "m.onnx": expected a model file of format ${FORMAT_VERSION} or older, received format ${FORMAT_VERSION + 1}. It was written by a newer version of Graft: update Graft.`,
    ],
    [
      damaged({ classNames: ['one'] }),
      'model "m.onnx": expected complete metadata, received "classNames": Too small: expected array to have >=2 items. The file was changed after it was written: train again, or use another copy.',
    ],
    [
      { graft: JSON.stringify({ ...ofLabels, threshold: 1 }) },
      'model "m.onnx": expected complete metadata, received "threshold": Too big: expected number to be <1. The file was changed after it was written: train again, or use another copy.',
    ],
    [
      { graft: JSON.stringify({ ...ofValues, train: labelMetrics }) },
      'model "m.onnx": expected complete metadata, received "train.values": Invalid input: expected array, received undefined. The file was changed after it was written: train again, or use another copy.',
    ],
    [
      damaged({ recipe: undefined }),
      'model "m.onnx": expected complete metadata, received "recipe": Invalid input: expected object, received undefined. The file was changed after it was written: train again, or use another copy.',
    ],
    [
      { graft: JSON.stringify({ ...saved, epochs: 3 }) },
      'model "m.onnx": expected complete metadata, received "recipe": Invalid input: expected object, received undefined. The file was changed after it was written: train again, or use another copy.',
    ],
    [
      { graft: JSON.stringify({ ...saved, input: undefined }) },
      'model "m.onnx": expected complete metadata, received "input": Invalid input: expected object, received undefined. The file was changed after it was written: train again, or use another copy.',
    ],
    [
      { graft: 'null' },
      'model "m.onnx": expected complete metadata, received "": Invalid input: expected object, received null. The file was changed after it was written: train again, or use another copy.',
    ],
  ])('refuses %j', (metadata, message) => {
    expect(() => decodeModelInfo('m.onnx', metadata as Record<string, string>)).toThrow(withMessage(message));
  });
});
