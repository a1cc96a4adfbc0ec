/** @file What is learned of images: one class, any number of labels, or numbers; and what follows from that. */

import { closest } from 'fastest-levenshtein';
import type { LabelTask } from '../data/labels/label-columns.ts';
import { GraftError } from '../errors/graft-error.ts';
import type { ClassificationReport } from '../evaluation/classification-report.ts';
import type { MultiLabelReport } from '../evaluation/multi-label-report.ts';
import type { RegressionReport } from '../evaluation/regression-report.ts';
import { type MetricOption, resolveMetric } from '../fit/metric-names.ts';
import type { Loss } from '../losses/loss.ts';
import { losses } from '../losses/losses.ts';
import type { Recipe } from './recipe.ts';

/** What is predicted: a class, several labels, or values. */
export type Task = LabelTask;

/** What tells how good a model is. */
export interface ReportOf {
  readonly 'single-label': ClassificationReport;
  readonly 'multi-label': MultiLabelReport;
  readonly regression: RegressionReport;
}

/** The last Dense layer of a head. */
export interface HeadOutput {
  readonly units: number;
  readonly activation: 'sigmoid' | 'softmax' | 'linear';
}

/**
 * How a head ends: for two classes in one sigmoid, the probability of the second; for more in a softmax; for labels in
 * a sigmoid each, however many there are; for numbers in themselves.
 *
 * @param names - How many classes, labels or numbers there are.
 */
export function headOutputOf(task: Task, names: number): HeadOutput {
  switch (task) {
    case 'single-label':
      return names === 2 ? { units: 1, activation: 'sigmoid' } : { units: names, activation: 'softmax' };
    case 'multi-label':
      return { units: names, activation: 'sigmoid' };
    case 'regression':
      return { units: names, activation: 'linear' };
  }
}

/**
 * Cross-entropy for classes (of one sigmoid for two, of a softmax for more) and for labels; for numbers, which are
 * standardized while they are learned, what the recipe says, else the mean squared error.
 */
export function lossOf(
  names: number,
  recipe: Pick<Recipe, 'task' | 'loss' | 'labelSmoothing' | 'mixup' | 'cutmix'>,
): Loss {
  const { task, loss, labelSmoothing, mixup, cutmix } = recipe;
  if (task === 'regression') {
    const make = { mse: losses.meanSquaredError, mae: losses.meanAbsoluteError, huber: losses.huber };
    return make[loss ?? 'mse']();
  }
  if (task === 'multi-label' || names === 2) return losses.binaryCrossentropy({ labelSmoothing });
  // A mixed sample is of two classes.
  return labelSmoothing === 0 && mixup === null && cutmix === null
    ? losses.sparseCategoricalCrossentropy()
    : losses.categoricalCrossentropy({ labelSmoothing });
}

const METRICS: Readonly<Record<Task, readonly MetricOption[]>> = {
  'single-label': ['accuracy'],
  'multi-label': ['auc', 'f1_score'],
  regression: ['mae', 'r2_score'],
};

/** The metrics that are told of every epoch: the task's own, and those that the recipe asks for. */
export function metricsOf({ task, metrics }: Pick<Recipe, 'task' | 'metrics'>): MetricOption[] {
  return [...new Set([...METRICS[task], ...(metrics as MetricOption[])])];
}

/**
 * Refuses what a recipe asks for and its task does not have.
 *
 * @param names - How many classes, labels or numbers there are.
 * @throws {GraftError} `argument`.
 */
export function checkTask(
  recipe: Pick<
    Recipe,
    'task' | 'balance' | 'labelSmoothing' | 'loss' | 'mixup' | 'cutmix' | 'metrics' | 'monitor'
  >,
  names: number,
): void {
  const { task, balance, labelSmoothing, loss } = recipe;
  const refuse = (where: string, expected: string, received: string, advice: string): never => {
    throw new GraftError('argument', { where, expected, received: `${received} for ${task}`, advice });
  };
  if (balance !== 'none' && task !== 'single-label') {
    refuse('balance', 'images of one class each', `"${balance}"`, 'Leave it out: no class is rare here.');
  }
  if (labelSmoothing > 0 && task === 'regression') {
    refuse('label smoothing', 'classes or labels', `${labelSmoothing}`, 'Leave it out.');
  }
  if (loss !== null && task !== 'regression') {
    refuse('loss', 'numbers to learn', `"${loss}"`, 'Leave it out: classes and labels have cross-entropy.');
  }
  const made = lossOf(names, recipe);
  const metrics = ['loss', ...metricsOf(recipe).map((metric) => resolveMetric(metric, made).name)];
  const known = [...metrics, ...metrics.map((name) => `val_${name}`)];
  if (known.includes(recipe.monitor)) return;
  throw new GraftError('argument', {
    where: 'monitor',
    expected: `one of ${known.join(', ')}`,
    received: `"${recipe.monitor}"`,
    advice: `Did you mean "${closest(recipe.monitor, known)}"? Other metrics come with --metrics.`,
  });
}
