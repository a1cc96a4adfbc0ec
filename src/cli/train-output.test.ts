import { expect, it } from 'vitest';
import type { TrainedClassifier } from '../runs/grow-classifier.ts';
import { report } from './train-output.ts';

it('tells programs what int8 cost, where it was asked for', () => {
  const metrics = { images: 2, loss: 0.1, accuracy: 1, interval: [0.3, 1], classes: [], confusion: [] };
  const comparison = { images: 2, int8: 0.5, float32: 1, same: 0.5 };
  const trained = {
    recipe: { task: 'classification' },
    history: { epochs: [] },
    phases: [],
    train: metrics,
    validation: metrics,
  } as unknown as TrainedClassifier;
  const seconds = { features: 1, training: 1, total: 2 };
  const documentOf = (int8: object | undefined) =>
    report({
      run: 'run',
      model: 'run/model.onnx',
      images: {
        task: 'classification',
        classes: [],
        train: [],
        validation: [],
        test: undefined,
        skipped: [],
        warnings: [],
        validationSource: '',
      },
      trained: { ...trained, ...(int8 && { int8 }) } as TrainedClassifier,
      seconds,
    });
  expect(documentOf({ frozen: {}, comparison })['int8']).toEqual(comparison);
  expect(documentOf(undefined)).not.toHaveProperty('int8');
});
