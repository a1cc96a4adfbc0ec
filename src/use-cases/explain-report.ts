/** @file Why a model says what it says, as plain data. */

import type { TokenAttribution } from '../artifacts/explain/token-attributions.ts';
import type { ModalityName } from '../node/training/image-sets.ts';
import type { Prediction, Task } from '../recipe/task.ts';

/** How images are explained. */
export const EXPLAIN_METHODS = ['grad-cam', 'hires-cam', 'occlusion'] as const;
/** How an image is explained: by gradients of the last feature map, or by covering parts. */
export type ExplainMethod = (typeof EXPLAIN_METHODS)[number];

/** A training example that is like the explained one. */
export interface Neighbor {
  readonly file: string;
  /** Its class; of labels and values none. */
  readonly label?: string | undefined;
  /** 1 less the cosine between their features: 0 for the same image, 1 for nothing in common. */
  readonly distance: number;
}

/** One explained example. */
export type Explanation = {
  readonly file: string;
  /** Only of texts. */
  readonly text?: string | undefined;
  /** The class, label or value that is explained: the predicted one, or the one that was asked for. */
  readonly target: string;
  /** How much each place speaks for it, in [0, 1], rows from above. Only of images. */
  readonly map?: { readonly height: number; readonly width: number; readonly values: readonly number[] };
  /** The PNG file with the map over the image. Only of images. */
  readonly heatMap?: string | undefined;
  /** How much each word speaks for it, in log-odds, or in the value's unit. Only of texts. */
  readonly tokens?: readonly TokenAttribution[];
  /** The nearest training examples, where their folder was given. */
  readonly neighbors?: readonly Neighbor[] | undefined;
} & Prediction<Task>;

/** An image that could not be read. */
export interface ExplanationError {
  readonly file: string;
  /** Why. */
  readonly error: string;
}

/** The document of `graft explain --json`. */
export interface ExplainReport {
  /** The model file. */
  readonly model: string;
  readonly modality: ModalityName;
  readonly task: Task;
  readonly classNames: readonly string[];
  /** Of texts, `occlusion`: words are left out. */
  readonly method: ExplainMethod;
  readonly explanations: readonly (Explanation | ExplanationError)[];
}
