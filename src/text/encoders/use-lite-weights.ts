/** @file The numbers of Universal Sentence Encoder Lite, from TensorFlow.js' graph model into the layers. */

import type { Functional } from '../../core/layers/functional.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { missingTensor, type WeightFile } from '../../core/weights/weight-file.ts';
import { USE_LITE_MAX_TOKENS } from './use-lite.ts';

const ENCODER = 'module_apply_default/Encoder_en/KonaTransformer/Encode';
const STACK = `${ENCODER}/TransformerStack`;

/**
 * Sets all weights of a network of `useLite`.
 *
 * @throws {GraftError} `weights`, if a tensor is missing or of another size.
 */
export function loadUseLite(model: Functional, file: WeightFile): void {
  const read = (key: string): Tensor<'float32'> => {
    const tensor = file.tensors.get(key);
    if (tensor === undefined) throw missingTensor(file, key);
    return tensor;
  };
  const set = (layer: string, weight: string, numbers: Float32Array): void => {
    model.getLayer(layer).weight(weight).value = numbers;
  };
  const setFrom = (layer: string, weight: string, key: string): void => set(layer, weight, read(key).data);
  const concatenated = (name: string): string => `${name}/ConcatPartitions/concat`;

  setFrom('token_embedding', 'embeddings', 'module/Embeddings_en');
  const signal = read(`${STACK}/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`);
  set('position_embedding', 'embeddings', sinusoids(signal.data));
  setFrom('pooled_dense', 'kernel', 'module/Encoder_en/hidden_layers/tanh_layer_0/weights');
  setFrom('pooled_dense', 'bias', 'module/Encoder_en/hidden_layers/tanh_layer_0/bias');
  const residual = `${ENCODER}/Layer_0/TransformerLayer/dense`;
  setFrom('transformer_layer_0_residual_dense', 'kernel', concatenated(`${residual}/kernel`));
  setFrom('transformer_layer_0_residual_dense', 'bias', concatenated(`${residual}/bias`));
  for (const index of [0, 1]) {
    const layer = `transformer_layer_${index}`;
    const place = `Layer_${index}/TransformerLayer`;
    for (const [part, within] of [
      ['self_attention', place],
      ['feedforward', `${place}/FFN`],
    ] as const) {
      const norm = `${ENCODER}/${within}/layer_prepostprocess/layer_norm/layer_norm`;
      setFrom(`${layer}_${part}_layer_norm`, 'gamma', concatenated(`${norm}_scale`));
      setFrom(`${layer}_${part}_layer_norm`, 'beta', concatenated(`${norm}_bias`));
    }
    for (const [part, conv] of [
      ['intermediate', 'conv1'],
      ['output', 'conv2'],
    ] as const) {
      const dense = `${layer}_feedforward_${part}_dense`;
      setFrom(dense, 'kernel', `${STACK}/${place}/FFN/${conv}/Tensordot/Reshape_1`);
      setFrom(dense, 'bias', concatenated(`${ENCODER}/${place}/FFN/${conv}/bias`));
    }
    const attention = `${layer}_self_attention`;
    const [kernels, biases] = ['module', 'module_apply_default'].map(
      (root) => `${root}/Encoder_en/KonaTransformer/Encode/${place}/MultiheadAttention`,
    );
    const kernel = read(`${kernels}/qkv_transform_single/kernel/part_0`);
    const bias = read(concatenated(`${biases}/qkv_transform_single/bias`));
    ['query', 'key', 'value'].forEach((name, part) => {
      set(attention, `${name}/kernel`, thirdOfColumns(kernel, part));
      set(attention, `${name}/bias`, thirdOfColumns(bias, part));
    });
    setFrom(attention, 'attention_output/kernel', `${kernels}/output_transform_single/kernel/part_0`);
    setFrom(attention, 'attention_output/bias', concatenated(`${biases}/output_transform_single/bias`));
  }
}

/** The first, second or last third of the columns of `[..., 3 C]`. */
function thirdOfColumns({ shape, data }: Tensor<'float32'>, part: number): Float32Array {
  const columns = shape.at(-1)!;
  const third = columns / 3;
  const result = new Float32Array(data.length / 3);
  for (let row = 0; row < data.length / columns; row++) {
    const start = row * columns + part * third;
    result.set(data.subarray(start, start + third), row * third);
  }
  return result;
}

/** `[128, 2 F]`: of every place, the sines by all frequencies, then the cosines. */
function sinusoids(frequencies: Float32Array): Float32Array {
  const { length } = frequencies;
  const table = new Float32Array(USE_LITE_MAX_TOKENS * 2 * length);
  for (let place = 0; place < USE_LITE_MAX_TOKENS; place++) {
    frequencies.forEach((frequency, index) => {
      const angle = Math.fround(place * frequency);
      const start = place * 2 * length + index;
      table[start] = Math.sin(angle);
      table[start + length] = Math.cos(angle);
    });
  }
  return table;
}
