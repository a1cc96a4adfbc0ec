/** @file What a model file says of one image. */

import { type Prediction, type Task, taskNamed } from '../recipe/task.ts';
import type { ModelInfo } from './model-info.ts';

/** @param outputs - `[classes]`, the row of one image in the model's output. */
export function createPrediction(info: ModelInfo, outputs: ArrayLike<number>): Prediction<Task> {
  const threshold = 'threshold' in info ? info.threshold : undefined;
  return taskNamed<Task>(info.task).predict(outputs, { names: info.classes, threshold });
}
