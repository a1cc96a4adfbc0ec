/** @file What a model file says of one example. */

import { type Prediction, type Task, taskNamed } from '../recipe/task.ts';
import type { AnyModelInfo } from './model-info.ts';

/** What of a prediction is told. */
export interface PredictionOptions {
  /** How many classes or labels, the most probable first, >= 1. Default all. */
  readonly top?: number | undefined;
  /** Probability above which an image has a label. Default: the model's own. */
  readonly threshold?: number | undefined;
}

/** @param outputs - `[classes]`, the row of one example in the model's output. */
export function createPrediction(
  info: AnyModelInfo,
  outputs: ArrayLike<number>,
  { top, threshold = 'threshold' in info ? info.threshold : undefined }: PredictionOptions = {},
): Prediction<Task> {
  return taskNamed<Task>(info.task).predict(outputs, { names: info.classNames, threshold, top });
}
