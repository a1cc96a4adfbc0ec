/** @file A layer once more, as one or several layers that a format's reader has. */

import type { ActivationName } from '../core/layers/activations.ts';
import { CustomScaleLayer } from '../core/layers/custom-scale-layer.ts';
import type { Layer, SymbolicTensor } from '../core/layers/layer.ts';
import { LayerScale } from '../core/layers/layer-scale.ts';
import { layers } from '../core/layers/layers.ts';
import type { LayerFormat } from './export-format.ts';
import { applyWords, describeLayer, type LayerWords } from './layer-words.ts';
import { writtenOut } from './portable-activation.ts';

/**
 * Applies a copy of a layer, with the same weights and the same name.
 *
 * `CustomScaleLayer` and `LayerScale` belong to modules of Keras Applications and are registered nowhere, so that a
 * file with them loads only with custom objects: they leave as layers that every Keras has.
 *
 * @throws {GraftError} `graph`, if the format cannot hold it.
 */
export function applyPortable(
  layer: Layer,
  inputs: readonly SymbolicTensor[],
  format: LayerFormat,
): SymbolicTensor {
  const { name, trainable } = layer;
  const x = inputs[0]!;
  if (layer instanceof CustomScaleLayer) {
    const residual = layers.rescaling({ name: `${name}_scale`, scale: layer.scale }).apply(inputs[1]!);
    return layers.add({ name, trainable }).apply([x, residual]);
  }
  if (layer instanceof LayerScale) return scaledChannels(layer, x);
  const { rewrite } = format;
  return (
    rewrite?.apply(layer, x) ??
    withKnownActivation(layer, rewrite?.words(layer, x) ?? describeLayer(layer), inputs, format)
  );
}

function withKnownActivation(
  layer: Layer,
  words: LayerWords,
  inputs: readonly SymbolicTensor[],
  format: LayerFormat,
): SymbolicTensor {
  const activation = words.config['activation'] as ActivationName | undefined;
  if (activation === undefined || format.activations.includes(activation)) return applyWords(words, inputs);
  if (layer.className === 'Activation') return writtenOut(layer.name, activation, inputs[0]!, format);
  const linear = applyWords({ ...words, config: { ...words.config, activation: 'linear' } }, inputs);
  return writtenOut(`${layer.name}_${activation}`, activation, linear, format);
}

/** One number for each channel is a depthwise convolution by one pixel; off images, it is no weight any more. */
function scaledChannels(layer: LayerScale, x: SymbolicTensor): SymbolicTensor {
  const { name, trainable } = layer;
  const gamma = layer.weight('gamma').value;
  if (x.shape.length !== 4) return layers.rescaling({ name, trainable, scale: [...gamma] }).apply(x);
  const scale = layers.depthwiseConv2d({ name, trainable, kernelSize: 1, useBias: false });
  const output = scale.apply(x);
  scale.weight('depthwise_kernel').value = gamma;
  return output;
}
