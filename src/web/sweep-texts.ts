/** @file Sweeps on texts in a page: in a worker, so that the page goes on, or in the caller's thread. */

import type { SweepCalls } from './given-sweep.ts';
import { type LabeledTexts, textRows, withTextRows } from './labeled-texts.ts';
import { inPageWorker, type WorkerChoice } from './page-worker.ts';
import type { WebRuntimeOptions } from './runtime.ts';
import { savedResult } from './saved-result.ts';
import type { SweepResult } from './sweep.ts';
import type { TextSweepSettings } from './sweep-given-texts.ts';
import { runtimeOptions } from './worker-messages.ts';

/** What one may say of a sweep on texts in a page. */
export interface SweepTextsOptions extends TextSweepSettings, SweepCalls, WebRuntimeOptions, WorkerChoice {}

/**
 * Trains every combination of heads, cuts, optimizers and learning rates on one pass of the network, as `graft sweep` does on a table of texts
 * and labels, and gives the best by the validation texts as a model: the bytes that `trainTexts` gives for its recipe.
 *
 * @param texts - By the names of their classes, `{ refund: texts, card: texts }`, or rows `{ text, label }`.
 * @returns The combinations, the best first, as `graft sweep --json` prints them, and the bytes of the best one's `model.onnx`.
 * @throws {GraftError} As `trainTexts`; `interrupted`, if the signal aborts before the first combination has ended; `not-a-number`, if none
 *   comes to anything; `argument`, if an axis or a head cannot be read, or more than heads is trained. And what `onEvent` throws.
 */
export async function sweepTexts(texts: LabeledTexts, options: SweepTextsOptions): Promise<SweepResult> {
  const rows = textRows('training texts', texts);
  return savedResult(
    await inPageWorker('sweep-texts', rows, withTextRows(options), async (given) => {
      // A page whose worker sweeps needs none of it.
      const [{ sweepGivenTexts }, { createWebRuntime }] = await Promise.all([
        import('./sweep-given-texts.ts'),
        import('./runtime.ts'),
      ]);
      return sweepGivenTexts(rows, { ...given, runtime: createWebRuntime(runtimeOptions(given)) });
    }),
  );
}
