/** @file What a model says of image files or texts, as plain data. */

import type { PredictionConfidence } from '../artifacts/prediction.ts';
import type { ModalityName } from '../node/training/image-sets.ts';
import type { Prediction, Task } from '../recipe/task.ts';

/** What is told of an example beside what the model says of it. */
interface Place {
  /** The image's file; of a text where it stands: `reviews.csv, line 3`. */
  readonly file: string;
  /** Only of texts. */
  readonly text?: string | undefined;
}

/** What the model says of one image file, or of one text. */
export type FilePrediction = Place & Prediction<Task> & PredictionConfidence;

/** An image that could not be read, or a text that is empty. */
export interface FilePredictionError extends Place {
  /** Why. */
  readonly error: string;
}

/** What a model says of image files or texts. */
export interface PredictReport {
  /** The model file. */
  readonly model: string;
  readonly modality: ModalityName;
  readonly task: Task;
  /** Names of classes, of labels, or of the values of a regression. */
  readonly classNames: readonly string[];
  /** One for each image or text, in their order: what `graft predict --json` prints. */
  readonly predictions: readonly (FilePrediction | FilePredictionError)[];
}
