/** @file BERT and what is built as it is (MiniLM, E5, BGE), as layers by KerasHub's names. */

import type { ActivationName } from '../../core/layers/activations.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';

/** KerasHub's options of a BertBackbone. */
export interface BertOptions {
  readonly vocabularySize: number;
  readonly numLayers: number;
  readonly numHeads: number;
  /** Width of the vectors. */
  readonly hiddenDim: number;
  /** Width of the dense layers in between. */
  readonly intermediateDim: number;
  /** The most tokens that a text may have. Default 512. */
  readonly maxSequenceLength?: number | undefined;
  /** Default `gelu`. */
  readonly activation?: ActivationName | undefined;
  /** Default 1e-12. */
  readonly layerNormEpsilon?: number | undefined;
}

/**
 * Builds the network, weights unset: ids `[N, S]`, int64, padded with -1, to a vector for each token `[N, S, hiddenDim]`.
 * Every text is BERT's first segment, whose row is part of the places' rows.
 *
 * @see https://arxiv.org/abs/1810.04805
 */
export function bert(options: BertOptions): Functional {
  const { vocabularySize, numLayers, numHeads, hiddenDim, intermediateDim } = options;
  const { maxSequenceLength = 512, activation = 'gelu', layerNormEpsilon = 1e-12 } = options;
  const ids = input({ shape: [null], dtype: 'int64', name: 'ids' });
  const mask = layers.paddingMask({ name: 'padding_mask' }).apply(ids);
  const embedded = layers
    .tokenAndPositionEmbedding({
      vocabularySize,
      sequenceLength: maxSequenceLength,
      embeddingDim: hiddenDim,
      name: 'embeddings',
    })
    .apply(ids);
  let x = layers
    .layerNormalization({ epsilon: layerNormEpsilon, name: 'embeddings_layer_norm' })
    .apply(embedded);
  for (let index = 0; index < numLayers; index++) {
    const block = layers.transformerEncoder({
      numHeads,
      intermediateDim,
      activation,
      layerNormEpsilon,
      name: `transformer_layer_${index}`,
    });
    x = block.apply([x, mask]);
  }
  return new Functional({ inputs: ids, outputs: x, name: 'bert' });
}
