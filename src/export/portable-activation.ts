/** @file Which activations a format knows by name, and how the others are put together from layers. */

import type { ActivationName } from '../core/layers/activations.ts';
import { layers } from '../core/layers/layers.ts';
import type { SymbolicTensor } from '../core/layers/symbolic-tensor.ts';
import { cannotExport, type LayerFormat } from './export-format.ts';

/** Of one name and one formula in Keras 2, Keras 3 and TensorFlow.js. */
export const EVERYWHERE: readonly ActivationName[] = [
  'linear',
  'relu',
  'elu',
  'selu',
  'gelu',
  'sigmoid',
  'silu',
  'tanh',
  'softplus',
  'softsign',
  'mish',
  'softmax',
];

/**
 * An activation that the format does not know, from layers that it does. `hard_sigmoid` is among them although its
 * name is known: Keras 2 and TensorFlow.js mean `0.2 x + 0.5` by it, Keras 3 `x / 6 + 0.5`.
 *
 * @param name - Of the last layer.
 * @throws {GraftError} `graph`, if there is no way to write it.
 */
export function writtenOut(
  name: string,
  activation: ActivationName,
  x: SymbolicTensor,
  format: LayerFormat,
): SymbolicTensor {
  switch (activation) {
    case 'relu6':
      return layers.reLU({ name, maxValue: 6 }).apply(x);
    case 'hard_sigmoid':
      return hardSigmoid(name, `${name}_`, x);
    case 'hard_silu':
      return layers.multiply({ name }).apply([x, hardSigmoid(`${name}_gate`, `${name}_`, x)]);
    case 'leaky_relu':
      if (format.hasSlopedReLU) return layers.reLU({ name, negativeSlope: 0.2 }).apply(x);
      return sloped(name, 0.2, null, x);
  }
  throw cannotExport({ name }, format, 'an activation', `"${activation}"`);
}

/** `min(relu(x), maxValue) - slope * relu(-x)`, for a reader whose ReLU has no slope. */
export function sloped(
  name: string,
  slope: number,
  maxValue: number | null,
  x: SymbolicTensor,
): SymbolicTensor {
  const above = layers.reLU({ name: `${name}_above`, maxValue }).apply(x);
  const mirrored = layers.rescaling({ name: `${name}_mirrored`, scale: -1 }).apply(x);
  const below = layers.reLU({ name: `${name}_below` }).apply(mirrored);
  const slant = layers.rescaling({ name: `${name}_slope`, scale: -slope }).apply(below);
  return layers.add({ name }).apply([above, slant]);
}

function hardSigmoid(name: string, prefix: string, x: SymbolicTensor): SymbolicTensor {
  const shifted = layers.rescaling({ name: `${prefix}shift`, scale: 1, offset: 3 }).apply(x);
  const clipped = layers.reLU({ name: `${prefix}clip`, maxValue: 6 }).apply(shifted);
  return layers.rescaling({ name, scale: 1 / 6 }).apply(clipped);
}
