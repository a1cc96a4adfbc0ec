/**
 * @file Llama: rotary embeddings, grouped attention, normalization by the root of the mean square, and a gated network in
 * every block. Layers are named after KerasHub's, a block's after the block.
 * @see https://arxiv.org/abs/2302.13971
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { LlamaConfig } from './llama-config.ts';
import { frequencyDivisors } from './rope-scaling.ts';
import type { WeightName } from './weight-names.ts';

/**
 * The network from `token_ids`, int64 `[N, S]`, to logits `[N, S, vocabularySize]`. A token sees those before it, so what
 * stands behind a text, padding below 0 for example, changes nothing in it.
 */
export function llama(config: LlamaConfig): Functional {
  const { vocabularySize, numLayers, hiddenDim, layerNormEpsilon: epsilon } = config;
  const tokenIds = input({ shape: [null], dtype: 'int64', name: 'token_ids' });
  const embedding = layers.reversibleEmbedding({
    inputDim: vocabularySize,
    outputDim: hiddenDim,
    tieWeights: config.tieWordEmbeddings,
    name: 'token_embedding',
  });
  const { ropeScaling, headDim, ropeMaxWavelength } = config;
  const divisors =
    ropeScaling === undefined ? null : frequencyDivisors(ropeScaling, headDim, ropeMaxWavelength);
  let x = embedding.apply(tokenIds);
  for (let block = 0; block < numLayers; block++) {
    const name = (part: string): string => `transformer_layer_${block}_${part}`;
    const dense = (units: number, part: string, activation: 'linear' | 'silu' = 'linear') =>
      layers.dense({ units, useBias: false, activation, name: name(part) });
    const attention = layers.groupQueryAttention({
      headDim: config.headDim,
      numQueryHeads: config.numQueryHeads,
      numKeyValueHeads: config.numKeyValueHeads,
      useBias: false,
      useCausalMask: true,
      ropeMaxWavelength: config.ropeMaxWavelength,
      ropeFrequencyDivisors: divisors,
      maxSequenceLength: config.maxSequenceLength,
      name: name('self_attention'),
    });
    let y = layers.rmsNormalization({ epsilon, name: name('self_attention_layernorm') }).apply(x);
    x = layers.add({ name: name('self_attention_add') }).apply([x, attention.apply(y)]);
    y = layers.rmsNormalization({ epsilon, name: name('feedforward_layernorm') }).apply(x);
    const gate = dense(config.intermediateDim, 'feedforward_gate_dense', 'silu').apply(y);
    const up = dense(config.intermediateDim, 'feedforward_intermediate_dense').apply(y);
    y = layers.multiply({ name: name('feedforward_multiply') }).apply([gate, up]);
    y = dense(hiddenDim, 'feedforward_output_dense').apply(y);
    x = layers.add({ name: name('feedforward_add') }).apply([x, y]);
  }
  x = layers.rmsNormalization({ epsilon, name: 'sequence_output_layernorm' }).apply(x);
  return new Functional({ inputs: tokenIds, outputs: embedding.apply(x), name: 'llama' });
}

/** Where each weight of {@link llama} stands in a file that transformers wrote. */
export function llamaWeights({
  numLayers,
  tieWordEmbeddings,
}: Pick<LlamaConfig, 'numLayers' | 'tieWordEmbeddings'>): WeightName[] {
  const names: WeightName[] = [
    { layer: 'token_embedding', weight: 'embeddings', tensor: 'model.embed_tokens.weight' },
    { layer: 'sequence_output_layernorm', weight: 'scale', tensor: 'model.norm.weight' },
  ];
  if (!tieWordEmbeddings) {
    names.push({
      layer: 'token_embedding',
      weight: 'reverse_embeddings',
      tensor: 'lm_head.weight',
      isTransposed: true,
    });
  }
  for (let block = 0; block < numLayers; block++) {
    for (const [layer, weight, tensor] of [
      ['self_attention_layernorm', 'scale', 'input_layernorm'],
      ['self_attention', 'query/kernel', 'self_attn.q_proj'],
      ['self_attention', 'key/kernel', 'self_attn.k_proj'],
      ['self_attention', 'value/kernel', 'self_attn.v_proj'],
      ['self_attention', 'attention_output/kernel', 'self_attn.o_proj'],
      ['feedforward_layernorm', 'scale', 'post_attention_layernorm'],
      ['feedforward_gate_dense', 'kernel', 'mlp.gate_proj'],
      ['feedforward_intermediate_dense', 'kernel', 'mlp.up_proj'],
      ['feedforward_output_dense', 'kernel', 'mlp.down_proj'],
    ] as const) {
      names.push({
        layer: `transformer_layer_${block}_${layer}`,
        weight,
        tensor: `model.layers.${block}.${tensor}.weight`,
        isTransposed: weight !== 'scale',
      });
    }
  }
  return names;
}
