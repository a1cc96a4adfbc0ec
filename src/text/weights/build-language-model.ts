/** @file The network of a language model's file, with its weights. */

import type { GraftError } from '../../core/errors/graft-error.ts';
import type { Functional } from '../../core/layers/functional.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';
import { gpt2, gpt2Weights } from '../architectures/gpt2.ts';
import { llama, llamaWeights } from '../architectures/llama.ts';
import { readModelWeights, type WeightName } from '../architectures/weight-names.ts';
import type { ModelWeights } from './gguf-model.ts';

/** The architecture without its numbers. */
export type LanguageModelConfig =
  | Omit<Extract<ModelWeights, { architecture: 'llama' }>, 'weights'>
  | Omit<Extract<ModelWeights, { architecture: 'gpt2' }>, 'weights'>;

/** The network, untrained: from `token_ids` to logits. */
export function languageModel(model: LanguageModelConfig): Functional {
  return model.architecture === 'llama' ? llama(model.config) : gpt2(model.config);
}

/** Where its weights stand in the files of transformers. */
export function languageModelWeights(model: LanguageModelConfig): WeightName[] {
  return model.architecture === 'llama' ? llamaWeights(model.config) : gpt2Weights(model.config);
}

/**
 * Makes the network of a file, and reads its numbers.
 *
 * @throws {GraftError} `weights`, if a tensor is missing, of another shape, or not finite.
 */
export async function buildLanguageModel(model: ModelWeights): Promise<Functional> {
  const network = languageModelOfFile(model);
  await readModelWeights(network, languageModelWeights(model), model.weights);
  return network;
}

/**
 * The network of a file, without its numbers.
 *
 * @throws {GraftError} `weights`, if the file has too few tensors for it.
 */
export function languageModelOfFile(model: ModelWeights): Functional {
  return languageModel(withinFile(model));
}

/** @throws {GraftError} `weights`, if there are fewer tensors than blocks. */
function withinFile(model: ModelWeights): ModelWeights {
  const names = languageModelWeights({ ...model, config: { ...model.config, numLayers: 0 } } as ModelWeights);
  const room = model.weights.shapes.size - names.length;
  if (model.config.numLayers <= Math.max(0, room)) return model;
  throw tooManyBlocks(model);
}

function tooManyBlocks({ weights, config }: ModelWeights): GraftError {
  return brokenFile(weights.where, `tensors of ${config.numLayers} blocks`, `${weights.shapes.size} tensors`);
}
