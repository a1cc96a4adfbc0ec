/** @file What the layers of EfficientNet, NASNet and ConvNeXt refuse, and what the comparison with Keras cannot see. */

import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { Functional } from './functional.ts';
import { input } from './input-layer.ts';
import type { Layout, Lowering } from './layer.ts';
import { layerFromConfig, layers } from './layers.ts';
import { modelGraph } from './lower-model.ts';
import type { SymbolicTensor } from './symbolic-tensor.ts';

const image = (): SymbolicTensor => input({ shape: [4, 5, 3] });

describe('refusals', () => {
  it.each([
    [
      () => layers.layerScale({ initValues: 1, projectionDim: 2, name: 's' }).apply(image()),
      'layer "s": expected an input of 2 channels, received [N, 4, 5, 3]. ' +
        'Set projectionDim to the number of channels.',
    ],
    [
      () => layers.layerNormalization({ axis: 1, name: 'ln' }).apply(image()),
      'layer "ln": expected an input [N, ..., C] with a known C, normalized along its last axis, ' +
        'received [N, 4, 5, 3], axis 1. Put the channels last.',
    ],
    [
      () => layers.normalization({ axis: 1, name: 'n' }).apply(image()),
      'layer "n": expected an input [N, ..., C] with a known C, normalized along its last axis, ' +
        'received [N, 4, 5, 3], axis 1. Put the channels last.',
    ],
    [
      () => layers.normalization({ mean: [1, 2], variance: [1, 1], name: 'n' }).apply(image()),
      'layer "n": expected an input of 2 channels, received [N, 4, 5, 3]. ' +
        'Give one mean and one variance for each channel.',
    ],
    [
      () => layers.normalization({ mean: [1, 2], name: 'n' }),
      'layer "n": expected mean and variance of one length, or neither, received 2 means and no variances. ' +
        'Give both, one number for each channel.',
    ],
    [
      () => layerFromConfig('Normalization', { name: 'n', invert: true }),
      'configuration of layer "n": expected false as "invert", received true. ' +
        'The layer has options that Graft does not know; check the file.',
    ],
    [
      () => layerFromConfig('Normalization', { name: 'n', mean: 1, variance: 1 }),
      'configuration of layer "n": expected one number for each channel, or null, as "mean", received 1. ' +
        'The layer has options that Graft does not know; check the file.',
    ],
    [
      () => layers.cropping2d({ cropping: [1, -1], name: 'c' }),
      'layer "c": expected cropping of integers from 0, received [1,-1]. Correct cropping.',
    ],
    [
      () =>
        layers
          .cropping2d({
            cropping: [
              [2, 2],
              [0, 0],
            ],
            name: 'c',
          })
          .apply(image()),
      'layer "c": expected an image of more than 4 rows and 0 columns, received [N, 4, 5, 3]. ' +
        'Crop less, or give a larger image.',
    ],
    [
      () => layers.dropout({ rate: 0.5, noiseShape: [null, 1], name: 'd' }).apply(image()),
      'layer "d": expected an input that fits noiseShape [N, 1], received [N, 4, 5, 3]. ' +
        'Give a noiseShape of the same rank, of 1 and null.',
    ],
  ])('%#', (apply, message) => {
    expect(apply).toThrow(withMessage(message));
  });
});

it('normalizes by no deviation of 0', () => {
  const output = layers.normalization({ mean: [0], variance: [0] }).apply(input({ shape: [1] }));
  const graph = modelGraph(new Functional({ inputs: output.inputs, outputs: output }));
  expect(graph.constants.get('normalization/deviation')!.data).toEqual(Float32Array.of(1e-7));
});

describe('dropout in a training step', () => {
  const maskShapes = (output: SymbolicTensor, layout: Layout): (readonly number[])[] => {
    const builder = new GraphBuilder('step');
    const shapes: (readonly number[])[] = [];
    const value = builder.input('x', 'float32', layout === 'plain' ? ['N', 4, 5, 3] : ['N', 3, 4, 5]);
    const lowering: Lowering = {
      builder,
      training: true,
      weight: () => {
        throw new Error('no weights here');
      },
      dropoutMask: (_layer, _rate, shape): Value => {
        shapes.push(shape);
        return builder.input('mask', 'float32', ['N', ...shape]);
      },
      moveStatistic: () => {},
    };
    output.layer.lower(lowering, [{ value, layout }]);
    return shapes;
  };

  it.each([
    ['plain', undefined, [4, 5, 3]],
    ['channelsFirst', undefined, [3, 4, 5]],
    ['plain', [null, 1, 1, 1], [1, 1, 1]],
    ['channelsFirst', [null, 1, 1, null], [3, 1, 1]],
    ['plain', [null, 1, 1, null], [1, 1, 3]],
  ] as const)('draws for a %s value with noiseShape %j', (layout, noiseShape, expected) => {
    const dropout = layers.dropout({ rate: 0.5, noiseShape });
    expect(maskShapes(dropout.apply(image()), layout)).toEqual([expected]);
  });

  it('does nothing where it is frozen', () => {
    const dropout = layers.dropout({ rate: 0.5, trainable: false });
    expect(maskShapes(dropout.apply(image()), 'plain')).toEqual([]);
  });
});
