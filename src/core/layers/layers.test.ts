/** @file What layers say about mistakes. */

import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { input } from './input-layer.ts';
import { layerFromConfig, layers } from './layers.ts';

const image = (): ReturnType<typeof input> => input({ shape: [8, 8, 3] });

describe('options out of range', () => {
  it.each([
    [
      () => layers.dense({ units: 0, name: 'head' }),
      'layer "head": expected units of positive integers, received 0. Correct units.',
    ],
    [
      () => layers.conv2d({ filters: 2, kernelSize: [3, 0.5] }),
      'layer "conv2d (not applied yet)": expected kernelSize of positive integers, received 3, 0.5. ' +
        'Correct kernelSize.',
    ],
    [
      () => layers.maxPooling2d({ poolSize: -1 }),
      'layer "max_pooling2d (not applied yet)": expected poolSize of positive integers, received -1, -1. ' +
        'Correct poolSize.',
    ],
    [
      () => layers.dropout({ rate: 1, name: 'drop' }),
      'layer "drop": expected rate in [0, 1), received 1. Give the fraction to drop, e.g. 0.2.',
    ],
    [
      () => layers.reLU({ negativeSlope: -1, name: 'r' }),
      'layer "r": expected negativeSlope of at least 0, received -1. Correct negativeSlope.',
    ],
    [
      () => layers.zeroPadding2d({ padding: -1, name: 'pad' }),
      'layer "pad": expected padding of integers from 0, received -1. Correct padding.',
    ],
    [
      () => layers.conv2d({ filters: 2, kernelSize: 3, padding: 'sane' as 'same', name: 'c' }),
      'layer "c": expected padding to be "valid" or "same", received "sane". Correct padding.',
    ],
    [
      () => layers.dense({ name: 'head' } as never),
      'layer "head": expected a value for units, received none. Correct units.',
    ],
    [
      () => layers.batchNormalization({ center: 'no' as never, name: 'bn' }),
      'layer "bn": expected center to be true or false, received "no". Correct center.',
    ],
    [
      () => layers.activation({ activation: 'rleu' as 'relu', name: 'a' }),
      'layer "a": expected an activation among linear, relu, relu6, leaky_relu, elu, selu, gelu, gelu_approximate, quick_gelu, sigmoid, ' +
        'hard_sigmoid, silu, hard_silu, tanh, softplus, softsign, mish, exponential, softmax, log_softmax, ' +
        'received "rleu". Choose one of these.',
    ],
  ])('%#', (make, message) => {
    expect(make).toThrow(message);
  });
});

describe('inputs that do not fit', () => {
  it.each([
    [
      () => layers.conv2d({ filters: 2, kernelSize: 3, name: 'c' }).apply(input({ shape: [8] })),
      'layer "c": expected one input [N, H, W, C], received [N, 8]. ' +
        'Apply the layer to an image or a feature map.',
    ],
    [
      () => layers.conv2d({ filters: 2, kernelSize: 9, name: 'c' }).apply(image()),
      'layer "c": expected an image of at least 9 x 9 pixels, received 8 x 8. ' +
        'Use larger images, a smaller window, or padding "same".',
    ],
    [
      () => layers.conv2d({ filters: 3, kernelSize: 1, groups: 2, name: 'c' }).apply(image()),
      'layer "c": expected input channels and filters that divide into 2 groups, received 3 channels, ' +
        '3 filters. Change groups or filters.',
    ],
    [
      () => layers.dense({ units: 1, name: 'd' }).apply(input({ shape: [null] })),
      'layer "d": expected one input [N, ..., D] with a known D, received [N, ?]. ' +
        'Give the input layer a full shape.',
    ],
    [
      () => layers.add({ name: 'sum' }).apply([image(), input({ shape: [8, 8, 4] })]),
      'layer "sum": expected at least two inputs of one shape, up to sizes of 1, ' +
        'received [N, 8, 8, 3] and [N, 8, 8, 4]. Apply the layer to a list of tensors that fit.',
    ],
    [
      () => layers.concatenate({ name: 'join' }).apply([image(), input({ shape: [8, 4, 3] })]),
      'layer "join": expected at least two inputs that agree in all sizes but that of axis -1, ' +
        'received [N, 8, 8, 3] and [N, 8, 4, 3]. ' +
        'Apply the layer to a list of tensors that fit, or choose another axis.',
    ],
    [
      () => layers.reshape({ targetShape: [5, -1], name: 'r' }).apply(image()),
      'layer "r": expected an input that fits targetShape [5, -1], received [N, 8, 8, 3]. ' +
        'Change targetShape; one size may be -1.',
    ],
    [
      () => layers.batchNormalization({ axis: 1, name: 'bn' }).apply(image()),
      'layer "bn": expected an input [N, H, W, C] or [N, C], normalized along its last axis, ' +
        'received [N, 8, 8, 3], axis 1. Put the channels last.',
    ],
    [
      () => layers.rescaling({ scale: [1, 2], name: 'r' }).apply(image()),
      'layer "r": expected an input of 2 channels, received [N, 8, 8, 3]. ' +
        'Give one number for each channel, or one for all.',
    ],
  ])('%#', (apply, message) => {
    expect(apply).toThrow(message);
  });
});

describe('configurations', () => {
  it('of a class that is unknown', () => {
    expect(() => layerFromConfig('LSTM', { name: 'memory' })).toThrow(
      /^layer "memory": expected a layer of class Activation, .*, ZeroPadding2D, received LSTM\. Use a model of these layers\.$/,
    );
  });

  it('without what a layer needs', () => {
    expect(() => layerFromConfig('Dense', { name: 'd' })).toThrow(
      withMessage(
        'configuration of layer "d": expected a number as "units", received none. ' +
          'The layer has options that Graft does not know; check the file.',
      ),
    );
  });

  it('with channels first', () => {
    expect(() => layerFromConfig('Flatten', { name: 'f', data_format: 'channels_first' })).toThrow(
      withMessage(
        'configuration of layer "f": expected "channels_last" as "data_format", received "channels_first". ' +
          'The layer has options that Graft does not know; check the file.',
      ),
    );
  });

  it('of Keras 2: an axis in a list', () => {
    const layer = layerFromConfig('BatchNormalization', { name: 'bn', axis: [3] });
    expect(layer.apply(image()).shape).toEqual([null, 8, 8, 3]);
  });
});
