/**
 * @file What TensorFlow.js reads otherwise than Keras. Its readers leave out an option that they do not know, without
 * a word, so that every such layer is written in another way here, or refused.
 */

import { Conv2D } from '../core/layers/conv2d.ts';
import { DepthwiseConv2D } from '../core/layers/depthwise-conv2d.ts';
import { GlobalAveragePooling2D } from '../core/layers/global-average-pooling2d.ts';
import { GlobalMaxPooling2D } from '../core/layers/global-max-pooling2d.ts';
import type { Layer, SymbolicTensor } from '../core/layers/layer.ts';
import { layers } from '../core/layers/layers.ts';
import { Normalization } from '../core/layers/normalization.ts';
import { ReLU } from '../core/layers/relu.ts';
import { Softmax } from '../core/layers/softmax.ts';
import { cannotExport, type FormatReader } from './export-format.ts';
import { describeLayer, type LayerWords } from './layer-words.ts';
import { sloped } from './portable-activation.ts';

/** As messages name it. */
export const TFJS: FormatReader = { reader: 'TensorFlow.js', instead: 'keras or onnx' };

/** Keras' smallest deviation in Normalization. */
const MIN_DEVIATION = 1e-7;

/**
 * The layer as other layers that TensorFlow.js has, if it is one that TensorFlow.js has not.
 *
 * @throws {GraftError} `graph`, if there is no way to write it.
 */
export function applyForTfjs(layer: Layer, x: SymbolicTensor): SymbolicTensor | undefined {
  const { name } = layer;
  if (layer instanceof Normalization) return rescaledChannels(layer, x);
  if (layer instanceof GlobalAveragePooling2D && layer.keepdims) {
    return kept(name, layers.globalAveragePooling2d({ name: `${name}_pool` }).apply(x));
  }
  if (layer instanceof GlobalMaxPooling2D && layer.keepdims) {
    return kept(name, layers.globalMaxPooling2d({ name: `${name}_pool` }).apply(x));
  }
  if (layer instanceof ReLU && layer.threshold !== 0) {
    const received = `a threshold of ${layer.threshold}`;
    throw cannotExport(layer, TFJS, 'a ReLU of threshold 0, the only kind', received);
  }
  if (layer instanceof ReLU && layer.negativeSlope !== 0) {
    return sloped(name, layer.negativeSlope, layer.maxValue, x);
  }
  if (layer instanceof Softmax && layer.axis !== -1 && layer.axis !== x.shape.length - 1) {
    throw cannotExport(layer, TFJS, 'a softmax along the last axis, the only kind', `axis ${layer.axis}`);
  }
  return undefined;
}

/**
 * The words of a layer, as TensorFlow.js takes them.
 *
 * @throws {GraftError} `graph`, if a convolution has groups of several channels.
 */
export function tfjsWords(layer: Layer, x: SymbolicTensor): LayerWords {
  const words = describeLayer(layer);
  if (layer instanceof Conv2D && layer.groups > 1) return undilated(inGroups(layer, words, x));
  return layer instanceof DepthwiseConv2D ? undilated(words) : words;
}

/** TensorFlow.js has no groups but those of one channel each, under another name. */
function inGroups(layer: Conv2D, { config, weights }: LayerWords, x: SymbolicTensor): LayerWords {
  const { groups, filters } = layer;
  if (groups !== filters || groups !== x.shape.at(-1)) {
    throw cannotExport(
      layer,
      TFJS,
      'a convolution in one group, or in one for each channel,',
      `${groups} groups`,
    );
  }
  // `[h, w, 1, channels]` and `[h, w, channels, 1]` are the same numbers in the same order.
  const renamed = [...weights].map(
    ([name, value]) => [name === 'kernel' ? 'depthwise_kernel' : name, value] as const,
  );
  return { className: 'DepthwiseConv2D', config, customClass: undefined, weights: new Map(renamed) };
}

/** A depthwise convolution is never dilated there: its kernel gets the zeros that lie between its numbers. */
function undilated(words: LayerWords): LayerWords {
  const [height, width] = words.config['kernel_size'] as [number, number];
  const [down, across] = words.config['dilation_rate'] as [number, number];
  if (down === 1 && across === 1) return words;
  const size = [(height - 1) * down + 1, (width - 1) * across + 1] as const;
  const kernel = words.weights.get('depthwise_kernel')!;
  const depth = kernel.length / (height * width);
  const spread = new Float32Array(size[0] * size[1] * depth);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = (row * width + column) * depth;
      const to = (row * down * size[1] + column * across) * depth;
      spread.set(kernel.subarray(from, from + depth), to);
    }
  }
  return {
    ...words,
    config: { ...words.config, kernel_size: size, dilation_rate: [1, 1] },
    weights: new Map([...words.weights, ['depthwise_kernel', spread]]),
  };
}

/** `(x - mean) / deviation` as `x * scale + offset`. */
function rescaledChannels(layer: Normalization, x: SymbolicTensor): SymbolicTensor {
  const mean = layer.mean ?? [...layer.weight('mean').value];
  const variance = layer.variance ?? [...layer.weight('variance').value];
  const scale = variance.map((value) => 1 / Math.max(Math.sqrt(value), MIN_DEVIATION));
  const offset = scale.map((value, channel) => -mean[channel]! * value);
  return layers.rescaling({ name: layer.name, trainable: layer.trainable, scale, offset }).apply(x);
}

function kept(name: string, pooled: SymbolicTensor): SymbolicTensor {
  return layers.reshape({ name, targetShape: [1, 1, pooled.shape[1]!] }).apply(pooled);
}
