/**
 * @file Weights of TFLite files, whose batch normalizations are folded into the convolutions, for models that
 * have both.
 */

import { GraftError } from '../../core/errors/graft-error.ts';
import { BatchNormalization } from '../../core/layers/batch-normalization.ts';
import type { Layer } from '../../core/layers/layer.ts';
import { transpose } from '../../core/tensor/tensor.ts';
import type { TfliteFile } from '../../core/weights/tflite.ts';
import { missingTensor } from '../../core/weights/weight-file.ts';

/**
 * Loads a model's convolutions, each followed by a batch normalization, from the convolutions of a TFLite file.
 * The kernels are taken as they are; the normalization keeps only the bias: its scale becomes 1.
 *
 * Convolutions are found by their order and their kernels' shapes; others between them, such as those of a
 * detector's boxes, are passed over.
 *
 * @param model - A chain of convolutions, its layers in topological order.
 * @throws {GraftError} `weights`, if the file has no such sequence of convolutions.
 */
export function loadFoldedWeights(model: { readonly layers: readonly Layer[] }, file: TfliteFile): void {
  const convolutions = model.layers.filter(isConvolution);
  const normalizations = model.layers.filter((layer) => layer instanceof BatchNormalization);
  const operators = convolutionsOf(file);
  let next = 0;
  for (const { kernel, bias } of operators) {
    const layer = convolutions[next];
    const normalization = normalizations[next];
    if (layer === undefined || normalization === undefined) break;
    if (!sameShape(kernel.shape, storedShape(layer))) continue;
    layer.weights[0]!.value = transpose(kernel, [1, 2, 3, 0]).data;
    setBias(normalization, bias());
    next++;
  }
  const missing = convolutions[next];
  if (missing !== undefined) {
    throw new GraftError('weights', {
      where: file.where,
      expected: `a convolution for "${missing.name}", kernel [${storedShape(missing).join(', ')}], after ${next} others`,
      received: 'none in this order',
      advice: 'The file belongs to another network: check the architecture and its options.',
    });
  }
}

/** The convolutions of a file with constant kernels, in the order in which they run. */
export function* convolutionsOf(file: TfliteFile): Generator<{
  /** `[out, h, w, in]`, or `[1, h, w, C]` for depthwise ones. */
  readonly kernel: {
    readonly dtype: 'float32';
    readonly shape: readonly number[];
    readonly data: Float32Array;
  };
  readonly bias: () => Float32Array;
}> {
  for (const { op, inputs } of file.operators) {
    const [, kernelName = '', biasName = ''] = inputs;
    const kernel = /CONV_2D$/.test(op) ? file.tensors.get(kernelName) : undefined;
    if (kernel === undefined) continue;
    const bias = (): Float32Array => {
      const tensor = file.tensors.get(biasName);
      if (tensor === undefined) throw missingTensor(file, biasName);
      return tensor.data;
    };
    yield { kernel, bias };
  }
}

/** Makes `gamma * (x - mean) / sqrt(variance + epsilon) + beta` into `x + bias`. */
function setBias(layer: BatchNormalization, bias: Float32Array): void {
  const { length } = bias;
  layer.weight('gamma').value = new Float32Array(length).fill(1);
  layer.weight('beta').value = bias;
  layer.weight('moving_mean').value = new Float32Array(length);
  layer.weight('moving_variance').value = new Float32Array(length).fill(1 - layer.epsilon);
}

function isConvolution(layer: Layer): boolean {
  return layer.className === 'Conv2D' || layer.className === 'DepthwiseConv2D';
}

/** TFLite's layout is OHWI, and `[1, h, w, C]` for depthwise kernels: of Keras' layout, the last axis first. */
function storedShape(layer: Layer): number[] {
  const [height, width, inputs, outputs] = layer.weights[0]!.spec.shape;
  return [outputs!, height!, width!, inputs!];
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
