/** @file Saves a trained classifier with all that is known of its training, as `graft train` does. */

import { dirname } from 'node:path';
import { classifierGraph, classifierInfo } from '../../artifacts/classifier-file.ts';
import { VERSION } from '../../artifacts/graft-version.ts';
import type { Task } from '../../recipe/task.ts';
import type { TrainedClassifier } from '../../runs/grow-classifier.ts';
import { encodeImageFilter } from '../../vision/images/image-filter.ts';
import { writeModelFile } from '../files/model-file.ts';
import { folderFor } from '../files/write-file.ts';
import { requireRoom } from './disk-room.ts';
import { requireModelName } from './save-model.ts';

/**
 * Saves what `trainClassifier` gave as one `.onnx` file, with its recipe, metrics and the filter of its training images: the
 * same bytes that `graft train` writes. `Classifier` opens it, `graft predict`, `evaluate`, `summary` and `export` take it, and
 * `loadModel` gives its layers again. A file that is there is replaced; its folder is made.
 *
 * @throws {GraftError} `argument`, if the file has another ending; `file-write`.
 */
export async function saveClassifier(trained: TrainedClassifier<Task>, file: string): Promise<void> {
  requireModelName('saveClassifier', file);
  const info = classifierInfo(trained, VERSION);
  const folder = dirname(file);
  await folderFor(folder);
  await requireRoom(folder, trained.parameters.total);
  const trainingImages = encodeImageFilter(trained.trainedHashes, info.recipe.seed);
  await writeModelFile(file, classifierGraph(trained), info, { trainingImages });
}
