/** @file The weights of a BERT in Hugging Face's names, and in ours. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { Functional } from '../../core/layers/functional.ts';
import { computeSize, type Tensor, transpose } from '../../core/tensor/tensor.ts';
import { missingTensor, type WeightFile } from '../../core/weights/weight-file.ts';

/** Where a weight of ours comes from. */
export interface WeightPlace {
  readonly layer: string;
  readonly weight: string;
  /** Its name in the file. */
  readonly tensor: string;
  /** PyTorch's Linear has `[out, in]`. */
  readonly isTransposed: boolean;
}

/** All weights of a network of `bert`, by the names that transformers' BertModel has. */
export function bertWeightPlaces(numLayers: number): readonly WeightPlace[] {
  const plain = (layer: string, weight: string, tensor: string): WeightPlace => ({
    layer,
    weight,
    tensor,
    isTransposed: false,
  });
  const normalization = (layer: string, prefix: string, tensor: string): WeightPlace[] => [
    plain(layer, `${prefix}gamma`, `${tensor}.weight`),
    plain(layer, `${prefix}beta`, `${tensor}.bias`),
  ];
  const dense = (layer: string, prefix: string, tensor: string): WeightPlace[] => [
    { layer, weight: `${prefix}/kernel`, tensor: `${tensor}.weight`, isTransposed: true },
    plain(layer, `${prefix}/bias`, `${tensor}.bias`),
  ];
  const blocks = Array.from({ length: numLayers }, (_, index): WeightPlace[] => {
    const layer = `transformer_layer_${index}`;
    const within = `encoder.layer.${index}`;
    const attention = 'self_attention_layer';
    return [
      ...dense(layer, `${attention}/query`, `${within}.attention.self.query`),
      ...dense(layer, `${attention}/key`, `${within}.attention.self.key`),
      ...dense(layer, `${attention}/value`, `${within}.attention.self.value`),
      ...dense(layer, `${attention}/attention_output`, `${within}.attention.output.dense`),
      ...normalization(layer, 'self_attention_layer_norm/', `${within}.attention.output.LayerNorm`),
      ...normalization(layer, 'feedforward_layer_norm/', `${within}.output.LayerNorm`),
      ...dense(layer, 'feedforward_intermediate_dense', `${within}.intermediate.dense`),
      ...dense(layer, 'feedforward_output_dense', `${within}.output.dense`),
    ];
  });
  return [
    plain('embeddings', 'token_embedding/embeddings', 'embeddings.word_embeddings.weight'),
    plain('embeddings', 'position_embedding/embeddings', 'embeddings.position_embeddings.weight'),
    ...normalization('embeddings_layer_norm', '', 'embeddings.LayerNorm'),
    ...blocks.flat(),
  ];
}

const SEGMENTS = 'embeddings.token_type_embeddings.weight';

/**
 * Sets all weights of a network of `bert`. Names may begin with `bert.`, as those of models with a head do.
 *
 * @throws {GraftError} `weights`, if a tensor is missing, of another shape, or holds what is no number.
 */
export function loadBert(model: Functional, file: WeightFile, numLayers: number): void {
  const prefix = file.tensors.has(`bert.${SEGMENTS}`) ? 'bert.' : '';
  const read = (name: string): Tensor<'float32'> => {
    // Early files have TensorFlow's names of a LayerNorm.
    const old = name
      .replace('LayerNorm.weight', 'LayerNorm.gamma')
      .replace('LayerNorm.bias', 'LayerNorm.beta');
    const tensor = file.tensors.get(`${prefix}${name}`) ?? file.tensors.get(`${prefix}${old}`);
    if (tensor === undefined) throw missingTensor(file, `${prefix}${name}`);
    return tensor;
  };
  for (const { layer, weight: name, tensor: key, isTransposed } of bertWeightPlaces(numLayers)) {
    const weight = model.getLayer(layer).weight(name);
    const tensor = read(key);
    const shape = fileShape(weight.spec.shape, name, isTransposed);
    if (shape.join() !== tensor.shape.join()) throw otherShape(file, `${prefix}${key}`, shape, tensor.shape);
    requireFinite(file, `${prefix}${key}`, tensor.data);
    weight.value = isTransposed ? transpose(tensor, [1, 0]).data : tensor.data;
  }
  addFirstSegment(model, read(SEGMENTS));
}

/** The shape that a weight has in the file: heads are not apart there. */
function fileShape(shape: readonly number[], name: string, isTransposed: boolean): readonly number[] {
  if (!isTransposed) return name.endsWith('/bias') ? [computeSize(shape)] : shape;
  const inputAxes = name.endsWith('attention_output/kernel') ? shape.length - 1 : 1;
  return [computeSize(shape.slice(inputAxes)), computeSize(shape.slice(0, inputAxes))];
}

/** Every token is of the first segment: its row becomes part of the places'. */
function addFirstSegment(model: Functional, { data }: Tensor<'float32'>): void {
  const places = model.getLayer('embeddings').weight('position_embedding/embeddings');
  const width = places.spec.shape[1]!;
  places.value = places.value.map((value, index) => value + data[index % width]!);
}

function requireFinite({ where }: WeightFile, key: string, data: Float32Array): void {
  const place = data.findIndex((value) => !Number.isFinite(value));
  if (place < 0) return;
  throw new GraftError('weights', {
    where,
    expected: `numbers in "${key}"`,
    received: `${data[place]} at ${place}`,
    advice: 'Half precision has no room for numbers above 65,504: save the model in float32 or bfloat16.',
  });
}

function otherShape(
  { where }: WeightFile,
  key: string,
  expected: readonly number[],
  received: readonly number[],
): GraftError {
  return new GraftError('weights', {
    where,
    expected: `"${key}" of shape [${expected.join(', ')}]`,
    received: `[${received.join(', ')}]`,
    advice: 'The weights and config.json are of two models: fetch both again.',
  });
}
