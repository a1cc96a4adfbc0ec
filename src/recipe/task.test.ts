import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { DEFAULT_RECIPE } from './recipe.ts';
import { checkTask, createLoss, listMetrics } from './task.ts';

const RECIPE = { ...DEFAULT_RECIPE, task: 'classification' } as const;
const LABELS = { ...DEFAULT_RECIPE, task: 'multi-label' } as const;
const NUMBERS = { ...DEFAULT_RECIPE, task: 'regression' } as const;

describe('createLoss', () => {
  it.each([
    [2, RECIPE, 'BinaryCrossentropy'],
    [3, RECIPE, 'SparseCategoricalCrossentropy'],
    [3, { ...RECIPE, mixup: 0.2 }, 'CategoricalCrossentropy'],
    [3, { ...RECIPE, cutmix: 1 }, 'CategoricalCrossentropy'],
    [3, { ...RECIPE, labelSmoothing: 0.1 }, 'CategoricalCrossentropy'],
    [1, LABELS, 'BinaryCrossentropy'],
    [3, LABELS, 'BinaryCrossentropy'],
    [3, NUMBERS, 'MeanSquaredError'],
    [1, { ...NUMBERS, loss: 'mae' as const }, 'MeanAbsoluteError'],
    [1, { ...NUMBERS, loss: 'huber' as const }, 'Huber'],
  ])('%#: of %i names', (names, recipe, className) => {
    expect(createLoss(names, recipe).className).toBe(className);
  });
});

describe('listMetrics', () => {
  it("begins with the task's own, each once", () => {
    expect(listMetrics({ ...RECIPE, metrics: ['recall'] })).toEqual(['accuracy', 'recall']);
    expect(listMetrics({ ...LABELS, metrics: ['auc', 'precision'] })).toEqual([
      'auc',
      'f1_score',
      'precision',
    ]);
    expect(listMetrics({ ...NUMBERS, metrics: ['rmse'] })).toEqual(['mae', 'r2_score', 'rmse']);
  });
});

describe('checkTask', () => {
  it('lets pass what fits', () => {
    checkTask({ ...RECIPE, balance: 'weights', labelSmoothing: 0.1 }, 3);
    checkTask({ ...LABELS, labelSmoothing: 0.1, mixup: 0.2, monitor: 'val_auc' }, 1);
    checkTask({ ...NUMBERS, loss: 'huber', mixup: 0.2, metrics: ['rmse'] }, 2);
  });

  it.each([
    [
      { ...LABELS, balance: 'sampler' as const },
      'balance: expected images of one class each, received "sampler" for multi-label. Leave it out: no class is rare here.',
    ],
    [
      { ...NUMBERS, labelSmoothing: 0.1 },
      'label smoothing: expected classes or labels, received 0.1 for regression. Leave it out.',
    ],
    [
      { ...RECIPE, loss: 'mse' as const },
      'loss: expected values to learn, received "mse" for classification. Leave it out: classes and labels have cross-entropy.',
    ],
    [
      { ...NUMBERS, metrics: ['accuracy'] },
      'metrics for MeanSquaredError: expected one of mae, mean_absolute_error, mse, mean_squared_error, rmse, root_mean_squared_error, r2_score, received "accuracy". Take "mae".',
    ],
    [
      { ...RECIPE, monitor: 'val_f1' },
      'monitor: expected one of loss, accuracy, val_loss, val_accuracy, received "val_f1". Did you mean "val_loss"? Other metrics come with --metrics.',
    ],
  ])('%#: refuses what does not', (recipe, message) => {
    expect(() => checkTask(recipe, 3)).toThrow(withMessage(message));
  });
});
