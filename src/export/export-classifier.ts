/** @file A model file in one of the formats that have layers. */

import type { ModelFile } from '../artifacts/decode-model-file.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import type { KerasFormat } from './export-formats.ts';
import { type RebuildOptions, rebuildClassifier } from './rebuilt-classifier.ts';
import { type WrittenLayers, writeLayers } from './write-layers.ts';

export interface ExportClassifierOptions extends RebuildOptions {
  readonly format: KerasFormat;
  /** Images for a model of integers of 8 bits, where the format has such. Default: float32. */
  readonly images?: AsyncIterable<Uint8Array> | undefined;
  /** Written into the file. Default now. */
  readonly date?: Date | undefined;
}

/** What was exported, and how far its outputs are from those of the model file, see {@link rebuildClassifier}. */
export interface ExportedClassifier {
  readonly content: WrittenLayers;
  readonly largestDifference: number;
}

/** @throws {GraftError} What `rebuildClassifier` and `writeLayers` throw. */
export async function exportClassifier(
  file: ModelFile,
  options: ExportClassifierOptions,
): Promise<ExportedClassifier> {
  const { format, images, runtime, date = new Date() } = options;
  const { classNames: labels, graftVersion, input, task } = file.info;
  const { model, preprocessing, largestDifference } = await rebuildClassifier(file, options);
  const content = await writeLayers(model, {
    format,
    preprocessing,
    labels,
    task: taskNamed<Task>(task).name,
    resize: input.resize,
    generatedBy: `graft ${graftVersion}`,
    date,
    ...(images === undefined ? {} : { calibration: { images, runtime } }),
  });
  return { content, largestDifference };
}
