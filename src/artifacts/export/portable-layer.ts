/** @file A layer once more, as one or several layers that a format's reader has. */

import type { ActivationName } from '../../layers/activations.ts';
import { Conv2D } from '../../layers/conv2d.ts';
import { CustomScaleLayer } from '../../layers/custom-scale-layer.ts';
import { GlobalAveragePooling2D } from '../../layers/global-average-pooling2d.ts';
import { GlobalMaxPooling2D } from '../../layers/global-max-pooling2d.ts';
import type { Layer, SymbolicTensor } from '../../layers/layer.ts';
import type { LayerConfig } from '../../layers/layer-config.ts';
import { LayerScale } from '../../layers/layer-scale.ts';
import { LAYER_CLASS_NAMES, layerFromConfig, layers } from '../../layers/layers.ts';
import { Normalization } from '../../layers/normalization.ts';
import { ReLU } from '../../layers/relu.ts';
import { cannotExport, type KerasFormat } from './export-format.ts';
import { knowsActivation, writtenOut } from './portable-activation.ts';

/** Keras' smallest deviation in Normalization. */
const SMALLEST_DEVIATION = 1e-7;

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
  format: KerasFormat,
): SymbolicTensor {
  if (!LAYER_CLASS_NAMES.includes(layer.className)) {
    throw cannotExport(layer, format, 'a layer', layer.className);
  }
  const { name, trainable } = layer;
  const x = inputs[0]!;
  if (layer instanceof CustomScaleLayer) {
    const residual = layers.rescaling({ name: `${name}_scale`, scale: layer.scale }).apply(inputs[1]!);
    return layers.add({ name, trainable }).apply([x, residual]);
  }
  if (layer instanceof LayerScale) return scaledChannels(layer, x, format);
  if (format === 'tfjs') {
    if (layer instanceof Conv2D && layer.groups > 1) return inGroups(layer, x);
    requireTfjs(layer);
    if (layer instanceof Normalization) return rescaledChannels(layer, x);
    if (layer instanceof GlobalAveragePooling2D && layer.keepdims) {
      return kept(name, layers.globalAveragePooling2d({ name: `${name}_pool` }).apply(x));
    }
    if (layer instanceof GlobalMaxPooling2D && layer.keepdims) {
      return kept(name, layers.globalMaxPooling2d({ name: `${name}_pool` }).apply(x));
    }
  }
  return withKnownActivation(layer, inputs, format);
}

function withKnownActivation(
  layer: Layer,
  inputs: readonly SymbolicTensor[],
  format: KerasFormat,
): SymbolicTensor {
  const config = layer.getConfig();
  const activation = config['activation'] as ActivationName | undefined;
  if (activation === undefined || knowsActivation(format, activation)) return copied(layer, config, inputs);
  if (layer.className === 'Activation') return writtenOut(layer.name, activation, inputs[0]!, format);
  const linear = copied(layer, { ...config, activation: 'linear' }, inputs);
  return writtenOut(`${layer.name}_${activation}`, activation, linear, format);
}

function copied(layer: Layer, config: LayerConfig, inputs: readonly SymbolicTensor[]): SymbolicTensor {
  const copy = layerFromConfig(layer.className, config);
  const output = copy.apply(inputs);
  for (const weight of copy.weights) weight.value = layer.weight(weight.spec.name).value;
  return output;
}

/** One number for each channel is a depthwise convolution by one pixel. */
function scaledChannels(layer: LayerScale, x: SymbolicTensor, format: KerasFormat): SymbolicTensor {
  if (x.shape.length !== 4) {
    throw cannotExport(
      layer,
      format,
      'a scale of a picture [N, H, W, C]',
      `LayerScale of rank ${x.shape.length}`,
    );
  }
  const { name, trainable } = layer;
  const scale = layers.depthwiseConv2d({ name, trainable, kernelSize: 1, useBias: false });
  const output = scale.apply(x);
  scale.weight('depthwise_kernel').value = layer.weight('gamma').value;
  return output;
}

/** `(x - mean) / deviation` as `x * scale + offset`. */
function rescaledChannels(layer: Normalization, x: SymbolicTensor): SymbolicTensor {
  const mean = layer.mean ?? [...layer.weight('mean').value];
  const variance = layer.variance ?? [...layer.weight('variance').value];
  const scale = variance.map((value) => 1 / Math.max(Math.sqrt(value), SMALLEST_DEVIATION));
  const offset = scale.map((value, channel) => -mean[channel]! * value);
  return layers.rescaling({ name: layer.name, trainable: layer.trainable, scale, offset }).apply(x);
}

function kept(name: string, pooled: SymbolicTensor): SymbolicTensor {
  return layers.reshape({ name, targetShape: [1, 1, pooled.shape[1]!] }).apply(pooled);
}

/** TensorFlow.js has no groups but those of one channel each, under another name. */
function inGroups(layer: Conv2D, x: SymbolicTensor): SymbolicTensor {
  const { groups, filters } = layer;
  if (groups !== filters || groups !== x.shape.at(-1)) {
    throw cannotExport(
      layer,
      'tfjs',
      'a convolution in one group, or in one for each channel,',
      `${groups} groups`,
    );
  }
  const depthwise = layerFromConfig('DepthwiseConv2D', layer.getConfig());
  const output = depthwise.apply(x);
  // `[h, w, 1, channels]` and `[h, w, channels, 1]` are the same numbers in the same order.
  depthwise.weight('depthwise_kernel').value = layer.weight('kernel').value;
  if (layer.useBias) depthwise.weight('bias').value = layer.weight('bias').value;
  return output;
}

/** What TensorFlow.js would read and then leave out. */
function requireTfjs(layer: Layer): void {
  if (layer instanceof ReLU && (layer.negativeSlope !== 0 || layer.threshold !== 0)) {
    const received = `a slope of ${layer.negativeSlope} and a threshold of ${layer.threshold}`;
    throw cannotExport(layer, 'tfjs', 'a ReLU of slope 0 and threshold 0, the only kind', received);
  }
}
