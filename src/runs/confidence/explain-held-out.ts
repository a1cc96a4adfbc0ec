/** @file What decides for some held-out examples, asked of the trained model while it is there. */

import type { TrainingOptions } from '../classifier-options.ts';
import type { Trainer } from '../trainer.ts';
import type { ConfidenceOptions } from './confidence-options.ts';
import { type MeasuredOutputs, mapThresholds, modelOutputs } from './measure-confidence.ts';

/**
 * Outputs with explanations, where they are wanted and features are kept; the network is not needed any more afterwards. What fails of it is
 * left out: whoever shows the model then asks its file, and says what is wrong.
 *
 * @param outputs - Of the same model.
 */
export async function explainHeldOut(
  trainer: Trainer,
  outputs: MeasuredOutputs,
  {
    recipe,
    explain,
    featureStores,
    signal,
  }: Pick<ConfidenceOptions, 'recipe'> & Pick<TrainingOptions, 'explain' | 'featureStores' | 'signal'>,
): Promise<MeasuredOutputs> {
  const { heldOut, calibration, decision } = outputs;
  if (explain === undefined || featureStores === undefined || heldOut === undefined) return outputs;
  const temperature = calibration?.temperature ?? 1;
  // What makes tokens of new examples comes to lie beside the network.
  await trainer.relieve();
  try {
    const held = { ...heldOut, thresholds: mapThresholds(decision) };
    const explanations = await explain(held, async (examples, onProgress) => {
      const logits = await trainer.furtherLogits(examples, { signal, onProgress });
      return modelOutputs(logits, { examples: examples.length, temperature, recipe });
    });
    return { ...outputs, heldOut: { ...heldOut, explanations } };
  } catch {
    return outputs;
  } finally {
    await trainer.features.rest();
  }
}
