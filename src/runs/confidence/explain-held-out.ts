/** @file What decides for some held-out examples, asked of the trained model while it is there. */

import type { TrainingOptions } from '../classifier-options.ts';
import type { Trainer } from '../trainer.ts';
import type { HeldOutOutputs } from './confidence.ts';
import type { ConfidenceOptions } from './confidence-options.ts';
import { type MeasuredOutputs, mapThresholds, modelOutputs } from './measure-confidence.ts';

/**
 * Outputs with explanations, where they are wanted and features are kept. What fails of it is left out: whoever shows the model then asks
 * its file, and says what is wrong.
 *
 * @param measured - Of the same model.
 */
export async function explainHeldOut(
  trainer: Trainer,
  heldOut: HeldOutOutputs,
  { calibration, decision }: MeasuredOutputs,
  {
    recipe,
    explain,
    featureStores,
    signal,
  }: Pick<ConfidenceOptions, 'recipe'> & Pick<TrainingOptions, 'explain' | 'featureStores' | 'signal'>,
): Promise<HeldOutOutputs> {
  if (explain === undefined || featureStores === undefined) return heldOut;
  const temperature = calibration?.temperature ?? 1;
  try {
    const held = { ...heldOut, thresholds: mapThresholds(decision) };
    const explanations = await explain(held, async (examples, onProgress) => {
      const logits = await trainer.furtherLogits(examples, { signal, onProgress });
      return modelOutputs(logits, { examples: examples.length, temperature, recipe });
    });
    return { ...heldOut, explanations };
  } catch {
    return heldOut;
  }
}
