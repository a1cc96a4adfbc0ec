/** @file Universal Sentence Encoder Lite, as layers: two Transformer blocks, the mean over the tokens, a dense layer. */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';

export const USE_LITE_VOCABULARY = 8002;
export const USE_LITE_MAX_TOKENS = 128;

const FIRST_WIDTH = 256;
const WIDTH = 512;
const NUM_HEADS = 4;
const INTERMEDIATE_DIM = 1536;
const EPSILON = 1e-6;

/**
 * Builds the network, weights unset: ids `[N, S]`, int64, padded with -1, to vectors of length 1 `[N, 512]`.
 *
 * Its blocks have the normalization first. The first one widens its input; so the layers stand for themselves.
 *
 * @see https://arxiv.org/abs/1803.11175
 */
export function useLite(): Functional {
  const ids = input({ shape: [null], dtype: 'int64', name: 'ids' });
  const mask = layers.paddingMask({ name: 'padding_mask' }).apply(ids);
  const tokens = layers
    .embedding({ inputDim: USE_LITE_VOCABULARY, outputDim: FIRST_WIDTH, name: 'token_embedding' })
    .apply(ids);
  const places = layers
    .positionEmbedding({ sequenceLength: USE_LITE_MAX_TOKENS, name: 'position_embedding' })
    .apply(tokens);
  // As it was trained: the tokens come with the places and once more without.
  const doubled = layers.rescaling({ scale: 2, name: 'embeddings_rescaling' }).apply(tokens);
  const embedded = layers.add({ name: 'embeddings_add' }).apply([doubled, places]);
  const widened = layers.dense({ units: WIDTH, name: 'transformer_layer_0_residual_dense' }).apply(embedded);
  const first = block('transformer_layer_0', embedded, widened, mask);
  const second = block('transformer_layer_1', first, first, mask);
  const mean = layers.globalAveragePooling1d({ name: 'pooling' }).apply([second, mask]);
  const dense = layers.dense({ units: WIDTH, activation: 'tanh', name: 'pooled_dense' }).apply(mean);
  const outputs = layers.unitNormalization({ name: 'unit_normalization' }).apply(dense);
  return new Functional({ inputs: ids, outputs, name: 'use_lite' });
}

function block(
  name: string,
  x: SymbolicTensor,
  residual: SymbolicTensor,
  mask: SymbolicTensor,
): SymbolicTensor {
  const normalize = (part: string, value: SymbolicTensor): SymbolicTensor =>
    layers.layerNormalization({ epsilon: EPSILON, name: `${name}_${part}_layer_norm` }).apply(value);
  const normal = normalize('self_attention', x);
  const attended = layers
    .multiHeadAttention({
      numHeads: NUM_HEADS,
      keyDim: x.shape[2]! / NUM_HEADS,
      outputDim: WIDTH,
      name: `${name}_self_attention`,
    })
    .apply([normal, normal, normal, mask]);
  const sum = layers.add({ name: `${name}_self_attention_add` }).apply([attended, residual]);
  const wide = layers
    .dense({ units: INTERMEDIATE_DIM, activation: 'relu', name: `${name}_feedforward_intermediate_dense` })
    .apply(normalize('feedforward', sum));
  const narrow = layers.dense({ units: WIDTH, name: `${name}_feedforward_output_dense` }).apply(wide);
  return layers.add({ name: `${name}_feedforward_add` }).apply([narrow, sum]);
}
