/** @file What a training leaves behind in its run's folder, of images and of texts. */

import { extname } from 'node:path';
import { classifierGraph, classifierInfo } from '../artifacts/classifier-file.ts';
import { VERSION } from '../artifacts/graft-version.ts';
import { type WrittenModel, writeRun } from '../node/artifacts/run-outputs.ts';
import { isLabelFile } from '../node/training/csv-image-sets.ts';
import type { Task } from '../recipe/task.ts';
import type { TrainedClassifier } from '../runs/grow-classifier.ts';
import type { TrainedTextClassifier } from '../runs/grow-text-classifier.ts';

/** A trained model of images, or of texts. */
export type Trained = TrainedClassifier<Task> | TrainedTextClassifier<Task>;

/** Writes the model's file and all that lies beside it. */
export async function writeTrained(folder: string, trained: Trained): Promise<WrittenModel> {
  if (!('tokens' in trained)) {
    const { history, trainedHashes } = trained;
    return writeRun(folder, classifierGraph(trained), classifierInfo(trained, VERSION), {
      history,
      trainedHashes,
    });
  }
  const { textClassifierAdapters, textClassifierGraph, textClassifierInfo } = await import('./text-work.ts');
  const { history, trainedHashes, backbone } = trained;
  const adapters = textClassifierAdapters(trained);
  const beside = { history, trainedHashes, tokenizer: backbone.tokenizer.json, adapters };
  return writeRun(folder, textClassifierGraph(trained), textClassifierInfo(trained, VERSION), beside);
}

/** What the default folder of a run is called after: of a table without its ending. */
export function defaultRunName(data: string): string {
  return isLabelFile(data) ? data.slice(0, -extname(data).length) : data;
}
