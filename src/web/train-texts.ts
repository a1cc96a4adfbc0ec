/** @file Trains a classifier of texts in a page: in a worker, so that the page goes on, or in the caller's thread. */

import { type LabeledTexts, textRows, withTextRows } from './labeled-texts.ts';
import { inPageWorker, type WorkerChoice } from './page-worker.ts';
import type { WebRuntimeOptions } from './runtime.ts';
import { savedResult, type TrainResult } from './saved-result.ts';
import type { TextTrainingSettings } from './train-given-texts.ts';
import type { TrainingCalls } from './train-images.ts';
import { runtimeOptions } from './worker-messages.ts';

/** What one may say of a training on texts in a page. */
export interface TrainTextsOptions
  extends TextTrainingSettings,
    TrainingCalls,
    WebRuntimeOptions,
    WorkerChoice {}

/**
 * Trains a classifier on texts, as `graft train` does on a table of texts and labels, or on class folders of `.txt` files: the same recipe on
 * the same texts with the same seed gives the file that Node writes with onnxruntime-web, to the byte.
 *
 * @param texts - By the names of their classes, `{ refund: texts, card: texts }`, or rows `{ text, label }`.
 * @returns The bytes of `model.onnx`, and plain data as `graft train --json` prints.
 * @throws {GraftError} `argument`, `dataset`, `weights`, `file-not-found`, `memory`, `not-a-number`; `interrupted`, if the signal aborts
 *   before the first epoch has ended; `runtime`, if a worker cannot be started. And what `onEvent` throws.
 */
export async function trainTexts(texts: LabeledTexts, options: TrainTextsOptions = {}): Promise<TrainResult> {
  const rows = textRows('training texts', texts);
  return savedResult(
    await inPageWorker('train-texts', rows, withTextRows(options), async (given) => {
      // A page whose worker trains needs none of it.
      const [{ trainGivenTexts }, { createWebRuntime }] = await Promise.all([
        import('./train-given-texts.ts'),
        import('./runtime.ts'),
      ]);
      return trainGivenTexts(rows, { ...given, runtime: createWebRuntime(runtimeOptions(given)) });
    }),
  );
}
