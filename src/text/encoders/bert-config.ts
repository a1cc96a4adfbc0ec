/** @file The config.json of Hugging Face as options of a network. */

import * as z from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { ActivationName } from '../../core/layers/activations.ts';
import type { BertOptions } from './bert.ts';

/** Hugging Face's names of activations, and Keras'. */
const ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  gelu: 'gelu',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
};

const MAX_SIZE = 2 ** 20;
const SIZE = z.int().positive().max(MAX_SIZE);

const CONFIG = z.object({
  vocab_size: SIZE,
  hidden_size: SIZE,
  num_hidden_layers: z.int().positive().max(1000),
  num_attention_heads: SIZE,
  intermediate_size: SIZE,
  max_position_embeddings: SIZE.default(512),
  layer_norm_eps: z.number().positive().default(1e-12),
  hidden_act: z.enum(Object.keys(ACTIVATIONS)).default('gelu'),
  position_embedding_type: z.literal('absolute').default('absolute'),
});

/** What a config.json says, as far as it concerns which network it is. */
const KIND = z.object({ model_type: z.string() });

/** The `model_type` of a config.json; undefined if it says none. */
export function modelType(config: unknown): string | undefined {
  return KIND.safeParse(config).data?.model_type;
}

/**
 * Options of `bert` from a config.json.
 *
 * @param where - What messages call the file: `config "config.json"`.
 * @throws {GraftError} `model-file`, if it is of another network, or says what is not supported.
 */
export function bertOptions(config: unknown, where: string): BertOptions {
  const parsed = CONFIG.safeParse(config);
  if (modelType(config) !== 'bert' || !parsed.success) {
    const issue = parsed.error?.issues[0];
    const isOther = modelType(config) !== 'bert' || issue === undefined;
    throw new GraftError('model-file', {
      where,
      expected: isOther ? 'a "model_type" of "bert"' : `another "${issue.path.join('.')}"`,
      received: isOther ? JSON.stringify(modelType(config) ?? 'none') : issue.message,
      advice: 'Give a model of the BERT family: MiniLM, E5 and BGE are.',
    });
  }
  const { data } = parsed;
  if (data.hidden_size % data.num_attention_heads !== 0) {
    throw new GraftError('model-file', {
      where,
      expected: `"num_attention_heads" that divide the hidden size, ${data.hidden_size}`,
      received: `${data.num_attention_heads}`,
      advice: 'The file is damaged: fetch it again.',
    });
  }
  return {
    vocabularySize: data.vocab_size,
    numLayers: data.num_hidden_layers,
    numHeads: data.num_attention_heads,
    hiddenDim: data.hidden_size,
    intermediateDim: data.intermediate_size,
    maxSequenceLength: data.max_position_embeddings,
    activation: ACTIVATIONS[data.hidden_act]!,
    layerNormEpsilon: data.layer_norm_eps,
  };
}
