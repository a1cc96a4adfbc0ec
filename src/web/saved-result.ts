/** @file What a training in a page gives back: it can be saved. */

import type { TrainedInPage } from './train-images.ts';

/** A model that can be saved. */
export interface SavedModel {
  /** The model file as a Blob, for a link with `download`, or to be stored. */
  save(): Blob;
}

/** A trained model. */
export interface TrainResult extends TrainedInPage, SavedModel {}

/** The same, to be saved. */
export function savedResult<T extends Pick<TrainedInPage, 'model'>>(result: T): T & SavedModel {
  return { ...result, save: () => new Blob([result.model], { type: 'application/octet-stream' }) };
}
