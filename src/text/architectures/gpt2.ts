/**
 * @file GPT-2: trained positions, multi-head attention, layer normalization before every part of a block. Layers are named
 * after KerasHub's, a block's after the block.
 * @see https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import type { WeightName } from './weight-names.ts';

/**
 * The network from `token_ids`, int64 `[N, S]`, to logits `[N, S, vocabularySize]`. A token sees those before it, so what
 * stands behind a text, padding below 0 for example, changes nothing in it.
 */
export function gpt2(config: Gpt2Config): Functional {
  const { vocabularySize, numLayers, numHeads, hiddenDim, layerNormEpsilon: epsilon } = config;
  const tokenIds = input({ shape: [null], dtype: 'int64', name: 'token_ids' });
  const embedding = layers.reversibleEmbedding({
    inputDim: vocabularySize,
    outputDim: hiddenDim,
    name: 'token_embedding',
  });
  const tokens = embedding.apply(tokenIds);
  const positions = layers
    .positionEmbedding({ sequenceLength: config.maxSequenceLength, name: 'position_embedding' })
    .apply(tokens);
  let x = layers.add({ name: 'embeddings_add' }).apply([tokens, positions]);
  for (let block = 0; block < numLayers; block++) {
    const name = (part: string): string => `transformer_layer_${block}_${part}`;
    const attention = layers.groupQueryAttention({
      headDim: hiddenDim / numHeads,
      numQueryHeads: numHeads,
      numKeyValueHeads: numHeads,
      useCausalMask: true,
      name: name('self_attention'),
    });
    let y = layers.layerNormalization({ epsilon, name: name('self_attention_layer_norm') }).apply(x);
    x = layers.add({ name: name('self_attention_add') }).apply([x, attention.apply(y)]);
    y = layers.layerNormalization({ epsilon, name: name('feedforward_layer_norm') }).apply(x);
    y = layers
      .dense({
        units: config.intermediateDim,
        activation: 'gelu_approximate',
        name: name('feedforward_intermediate_dense'),
      })
      .apply(y);
    y = layers.dense({ units: hiddenDim, name: name('feedforward_output_dense') }).apply(y);
    x = layers.add({ name: name('feedforward_add') }).apply([x, y]);
  }
  x = layers.layerNormalization({ epsilon, name: 'layer_norm' }).apply(x);
  return new Functional({ inputs: tokenIds, outputs: embedding.apply(x), name: 'gpt2' });
}

/** Where each weight of {@link gpt2} stands in a file that transformers wrote, without the prefix `transformer.`. */
export function gpt2Weights({
  numLayers,
  hiddenDim,
}: Pick<Gpt2Config, 'numLayers' | 'hiddenDim'>): WeightName[] {
  const names: WeightName[] = [
    { layer: 'token_embedding', weight: 'embeddings', tensor: 'wte.weight' },
    { layer: 'position_embedding', weight: 'embeddings', tensor: 'wpe.weight' },
    { layer: 'layer_norm', weight: 'gamma', tensor: 'ln_f.weight' },
    { layer: 'layer_norm', weight: 'beta', tensor: 'ln_f.bias' },
  ];
  for (let block = 0; block < numLayers; block++) {
    const layer = (part: string): string => `transformer_layer_${block}_${part}`;
    for (const [part, tensor] of [
      ['self_attention_layer_norm', 'ln_1'],
      ['feedforward_layer_norm', 'ln_2'],
    ] as const) {
      names.push(
        { layer: layer(part), weight: 'gamma', tensor: `h.${block}.${tensor}.weight` },
        { layer: layer(part), weight: 'beta', tensor: `h.${block}.${tensor}.bias` },
      );
    }
    // One matrix holds the three projections side by side, [in, out].
    ['query', 'key', 'value'].forEach((part, index) => {
      const columns = [index * hiddenDim, (index + 1) * hiddenDim] as const;
      const tensor = `h.${block}.attn.c_attn`;
      names.push(
        { layer: layer('self_attention'), weight: `${part}/kernel`, tensor: `${tensor}.weight`, columns },
        { layer: layer('self_attention'), weight: `${part}/bias`, tensor: `${tensor}.bias`, columns },
      );
    });
    for (const [part, within, tensor] of [
      ['self_attention', 'attention_output/', 'attn.c_proj'],
      ['feedforward_intermediate_dense', '', 'mlp.c_fc'],
      ['feedforward_output_dense', '', 'mlp.c_proj'],
    ] as const) {
      names.push(
        { layer: layer(part), weight: `${within}kernel`, tensor: `h.${block}.${tensor}.weight` },
        { layer: layer(part), weight: `${within}bias`, tensor: `h.${block}.${tensor}.bias` },
      );
    }
  }
  return names;
}
