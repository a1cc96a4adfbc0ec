import { describe, expect, it } from 'vitest';
import { buildTflite } from '../../../tests/golden/weights/build-tflite.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { readTflite } from '../../core/weights/tflite.ts';
import { loadFoldedWeights } from './folded-weights.ts';

function model(): Functional {
  const start = input({ shape: [4, 4, 1] });
  let x = layers.conv2d({ filters: 2, kernelSize: [1, 2], useBias: false, name: 'first' }).apply(start);
  x = layers.batchNormalization({ name: 'first_bn' }).apply(x);
  x = layers.depthwiseConv2d({ kernelSize: [2, 1], useBias: false, name: 'second' }).apply(x);
  x = layers.batchNormalization({ name: 'second_bn' }).apply(x);
  return new Functional({ inputs: start, outputs: x });
}

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

const TENSORS = [
  { name: 'x', shape: [1, 4, 4, 1], type: 0 },
  // [out, h, w, in]: of output 0 the row (1, 2), of output 1 the row (3, 4)
  { name: 'k1', shape: [2, 1, 2, 1], type: 0, data: floats(1, 2, 3, 4) },
  { name: 'b1', shape: [2], type: 0, data: floats(5, 6) },
  { name: 'box', shape: [9, 1, 1, 2], type: 0, data: floats(...new Array(18).fill(7)) },
  // [1, h, w, C]
  { name: 'k2', shape: [1, 2, 1, 2], type: 0, data: floats(8, 9, 10, 11) },
  { name: 'b2', shape: [2], type: 0, data: floats(12, 13) },
];

describe('loadFoldedWeights', () => {
  it('takes kernels by order and shape, and leaves of a normalization the bias', () => {
    const bytes = buildTflite(TENSORS, [
      { code: 3, inputs: [0, 1, 2], outputs: [0] },
      { code: 3, inputs: [0, 3, -1], outputs: [0] },
      { code: 4, inputs: [0, 4, 5], outputs: [0] },
    ]);
    const network = model();
    loadFoldedWeights(network, readTflite(bytes, 'weights "a.tflite"'));
    const numbers = (layer: string, weight: string): number[] => [
      ...network.getLayer(layer).weight(weight).value,
    ];
    // Keras: [h, w, in, out]
    expect(numbers('first', 'kernel')).toEqual([1, 3, 2, 4]);
    expect(numbers('second', 'depthwise_kernel')).toEqual([8, 9, 10, 11]);
    expect(numbers('first_bn', 'beta')).toEqual([5, 6]);
    expect(numbers('second_bn', 'beta')).toEqual([12, 13]);
    expect(numbers('first_bn', 'gamma')).toEqual([1, 1]);
    expect(numbers('first_bn', 'moving_mean')).toEqual([0, 0]);
    expect(numbers('first_bn', 'moving_variance')).toEqual([0.999, 0.999].map(Math.fround));
  });

  it('says which convolution is missing', () => {
    const bytes = buildTflite(TENSORS, [
      { code: 4, inputs: [0, 4, 5], outputs: [0] },
      { code: 3, inputs: [0, 1, 2], outputs: [0] },
    ]);
    expect(() => loadFoldedWeights(model(), readTflite(bytes, 'weights "a.tflite"'))).toThrow(
      expect.objectContaining({
        code: 'weights',
        message:
          'weights "a.tflite": expected a convolution for "second", kernel [1, 2, 1, 2], after 1 others, ' +
          'received none in this order. ' +
          'The file belongs to another network: check the architecture and its options.',
      }),
    );
  });
});
