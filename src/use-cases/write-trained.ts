/** @file What a training leaves behind in its run's folder, of images and of texts. */

import { extname } from 'node:path';
import { classifierGraph, classifierInfo } from '../artifacts/classifier-file.ts';
import { VERSION } from '../artifacts/graft-version.ts';
import { type AnyModelInfo, decodeModelInfo, encodeModelInfo } from '../artifacts/model-info.ts';
import { type WrittenModel, writeRun } from '../node/artifacts/run-outputs.ts';
import { isLabelFile } from '../node/training/csv-image-sets.ts';
import type { Task } from '../recipe/task.ts';
import type { TrainedClassifier } from '../runs/grow-classifier.ts';
import type { TrainedTextClassifier } from '../runs/grow-text-classifier.ts';

/** A trained model of images, or of texts. */
export type Trained = TrainedClassifier<Task> | TrainedTextClassifier<Task>;

/** A model file that was written, with what it says of itself, as it will be read. */
export interface WrittenTraining extends WrittenModel {
  readonly info: AnyModelInfo;
}

/** Writes the model's file and all that lies beside it. */
export async function writeTrained(folder: string, trained: Trained): Promise<WrittenTraining> {
  if (!('tokens' in trained)) {
    const { history, trainedHashes } = trained;
    const info = classifierInfo(trained, VERSION);
    return withInfo(await writeRun(folder, classifierGraph(trained), info, { history, trainedHashes }), info);
  }
  const { textClassifierAdapters, textClassifierGraph, textClassifierInfo } = await import('./text-work.ts');
  const { history, trainedHashes, backbone } = trained;
  const adapters = textClassifierAdapters(trained);
  const beside = { history, trainedHashes, tokenizer: backbone.tokenizer.json, adapters };
  const info = textClassifierInfo(trained, VERSION);
  return withInfo(await writeRun(folder, textClassifierGraph(trained), info, beside), info);
}

function withInfo(written: WrittenModel, info: AnyModelInfo): WrittenTraining {
  return { ...written, info: decodeModelInfo(written.path, encodeModelInfo(info)) };
}

/** What the default folder of a run is called after: of a table without its ending. */
export function defaultRunName(data: string): string {
  return isLabelFile(data) ? data.slice(0, -extname(data).length) : data;
}
