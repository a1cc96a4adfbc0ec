/** @file What a model says of image files, as plain data. */

import type { Prediction, Task } from '../recipe/task.ts';

/** What the model says of one image file. */
export type FilePrediction = { readonly file: string } & Prediction<Task>;

/** An image that could not be read. */
export interface FilePredictionError {
  readonly file: string;
  /** Why. */
  readonly error: string;
}

/** What a model says of image files. */
export interface PredictReport {
  /** The model file. */
  readonly model: string;
  readonly modality: 'image';
  readonly task: Task;
  /** Names of classes, of labels, or of the values of a regression. */
  readonly classNames: readonly string[];
  /** One for each image, in their order: what `graft predict --json` prints. */
  readonly predictions: readonly (FilePrediction | FilePredictionError)[];
}
