/** @file KerasHub's BertBackbone, its tensors under the names of transformers. */

import type { WeightFile } from '../../core/weights/weight-file.ts';
import {
  FEEDFORWARD,
  type KerasHubFile,
  type KerasHubWeight,
  TensorNames,
} from '../architectures/keras-hub-file.ts';
import type { BertOptions } from './bert.ts';

/** Options of the network, and a file of its tensors for `loadBert`. */
export interface KerasHubBert {
  readonly options: BertOptions;
  readonly file: WeightFile;
}

/** The network in a file of the family `bert`. @throws {GraftError} `weights`, if a tensor is missing or of another form. */
export function kerasHubBert(hub: KerasHubFile): KerasHubBert {
  const names = new TensorNames();
  names.plain('embeddings.word_embeddings.weight', hub.layer('reversible_embedding', 0));
  names.plain('embeddings.position_embeddings.weight', hub.layer('position_embedding', 0));
  names.plain('embeddings.token_type_embeddings.weight', hub.layer('embedding', 0));
  const normalization = (name: string, of: (weight: number) => KerasHubWeight): void => {
    names.plain(`${name}.weight`, of(0));
    names.plain(`${name}.bias`, of(1));
  };
  normalization('embeddings.LayerNorm', (weight) => hub.layer('layer_normalization', weight));
  for (let block = 0; block < hub.numLayers; block++) {
    const within = `encoder.layer.${block}`;
    const dense = (name: string, layer: string): void => {
      names.transposed(`${within}.${name}.weight`, hub.inBlock(block, layer, 0));
      names.plain(`${within}.${name}.bias`, hub.inBlock(block, layer, 1));
    };
    for (const role of ['query', 'key', 'value']) {
      dense(`attention.self.${role}`, `_self_attention_layer/${role}_dense`);
    }
    dense('attention.output.dense', '_self_attention_layer/output_dense');
    dense('intermediate.dense', FEEDFORWARD);
    dense('output.dense', '_feedforward_output_dense');
    for (const [name, layer] of [
      ['attention.output.LayerNorm', '_self_attention_layer_norm'],
      ['output.LayerNorm', '_feedforward_layer_norm'],
    ] as const) {
      normalization(`${within}.${name}`, (weight) => hub.inBlock(block, layer, weight));
    }
  }
  const [vocabularySize, hiddenDim] = hub.sizes(hub.layer('reversible_embedding', 0), 2) as [number, number];
  const [, numHeads] = hub.sizes(hub.inBlock(0, '_self_attention_layer/query_dense', 0), 3);
  return {
    options: {
      vocabularySize,
      numLayers: hub.numLayers,
      numHeads: numHeads!,
      hiddenDim,
      intermediateDim: hub.sizes(hub.inBlock(0, FEEDFORWARD, 0), 2)[1]!,
      maxSequenceLength: hub.sizes(hub.layer('position_embedding', 0), 2)[0]!,
      // Unlike transformers.
      activation: 'gelu_approximate',
      layerNormEpsilon: 1e-12,
    },
    file: { ...hub.file, tensors: hub.tensors(names) },
  };
}
