import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { floats, tensor } from '../tensor/tensor.ts';
import { loadWeights, type WeightedLayer } from './apply.ts';
import type { WeightFile } from './weight-file.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

/** A layer whose weights have these shapes, all zeros. */
function layer(className: string, name: string, shapes: Shapes): WeightedLayer {
  const weights = Object.entries(shapes).map(([weight, shape]) => ({
    spec: { name: weight, shape },
    value: new Float32Array(shape.reduce((product, size) => product * size, 1)),
  }));
  return { className, name, weights };
}

/** A file of layers; every weight is filled with a number that counts up from 1. */
function file(layers: Readonly<Record<string, Shapes>>): WeightFile {
  let number = 0;
  const tensors = new Map<string, ReturnType<typeof floats>>();
  const list = Object.entries(layers).map(([name, shapes]) => ({
    name,
    weights: Object.entries(shapes).map(([weight, shape]) => {
      const key = `${name}/${weight}`;
      const size = shape.reduce((product, length) => product * length, 1);
      number++;
      tensors.set(key, floats(shape, new Float32Array(size).fill(number)));
      return { name: weight, key };
    }),
  }));
  return { format: 'keras-hdf5', where: 'weights "base.h5"', tensors, layers: list };
}

const firstNumbers = (layers: readonly WeightedLayer[]): number[] =>
  layers.flatMap(({ weights }) => weights.map(({ value }) => value[0]!));

describe('loadWeights', () => {
  it('goes by names, whatever the order', () => {
    const layers = [
      layer('Conv2D', 'Conv1', { kernel: [2], bias: [1] }),
      layer('ReLU', 'relu', {}),
      layer('Dense', 'out', { kernel: [3] }),
    ];
    loadWeights(
      { layers },
      file({ out: { kernel: [3] }, extra: { kernel: [9] }, Conv1: { bias: [1], kernel: [2] } }),
    );
    expect(firstNumbers(layers)).toEqual([4, 3, 1]);
  });

  it('goes by rank where automatic names are counted from elsewhere', () => {
    const layers = [
      layer('Conv2D', 'conv2d_1', { kernel: [1] }),
      layer('Conv2D', 'conv2d', { kernel: [1] }),
      layer('BatchNormalization', 'batch_normalization', { beta: [1] }),
      layer('Conv2D', 'conv2d_2', { kernel: [1] }),
      layer('Dense', 'named', { kernel: [1] }),
    ];
    // conv2d_1 is in the file, but is the model's conv2d; conv2d_10 comes after conv2d_2; conv2d_11 is another's.
    loadWeights(
      { layers },
      file({
        conv2d_10: { kernel: [1] },
        conv2d_1: { kernel: [1] },
        conv2d_2: { kernel: [1] },
        named: { kernel: [1] },
        batch_normalization_95: { beta: [1] },
        conv2d_11: { kernel: [1] },
      }),
    );
    expect(firstNumbers(layers)).toEqual([3, 2, 5, 1, 4]);
  });

  it('goes by order where all names differ, of weights too', () => {
    const layers = [
      layer('Conv2D', 'a', { kernel: [2], bias: [1] }),
      layer('Conv2D', 'b', { kernel: [3], bias: [1] }),
    ];
    loadWeights({ layers }, file({ x: { uniform1: [2], x_b: [1] }, y: { uniform2: [3], y_b: [1] } }));
    expect(firstNumbers(layers)).toEqual([1, 2, 3, 4]);
  });

  it('knows the names that other versions of Keras gave', () => {
    const layers = [
      layer('DepthwiseConv2D', 'd', { depthwise_kernel: [1] }),
      layer('BatchNormalization', 'n', { gamma: [1], moving_mean: [1], moving_variance: [1] }),
    ];
    loadWeights(
      { layers },
      file({ d: { bias: [1], kernel: [1] }, n: { running_std: [1], running_mean: [1], gamma: [1] } }),
    );
    expect(firstNumbers(layers)).toEqual([2, 5, 4, 3]);
  });

  it('does not keep a whole file in memory for the layers that are wanted of it', () => {
    const layers = ['a', 'b'].map((name) => layer('Dense', name, { kernel: [4] }));
    const whole = Float32Array.from([1, 1, 1, 1, 2, 2, 2, 2]);
    const views = file({ a: { kernel: [4] }, b: { kernel: [4] } });
    const tensors = new Map(
      ['a', 'b'].map((name, index) => [
        `${name}/kernel`,
        tensor('float32', [4], whole.subarray(4 * index, 4 * index + 4)),
      ]),
    );
    loadWeights({ layers }, { ...views, tensors }, { layers: new Set(layers.slice(0, 1)) });
    expect(firstNumbers(layers)).toEqual([1, 0]);
    expect(layers[0]!.weights[0]!.value.buffer).not.toBe(whole.buffer);
    // All of it is wanted: it is not copied.
    loadWeights({ layers }, { ...views, tensors });
    expect(firstNumbers(layers)).toEqual([1, 2]);
    expect(layers[0]!.weights[0]!.value.buffer).toBe(whole.buffer);
  });

  it('refuses another shape, and changes nothing', () => {
    const layers = [
      layer('Conv2D', 'Conv1', { kernel: [2] }),
      layer('Conv2D', 'block_1_expand', { kernel: [1, 1, 16, 96] }),
    ];
    const narrow = file({ Conv1: { kernel: [2] }, block_1_expand: { kernel: [1, 1, 8, 48] } });
    expect(() =>
      loadWeights({ layers }, narrow, {
        explain: () => 'The file looks like alpha 0.5: pass { alpha: 0.5 }.',
      }),
    ).toThrow(
      expect.objectContaining({
        code: 'weights',
        message:
          'weights "base.h5": expected "block_1_expand/kernel" of shape [1, 1, 16, 96], received [1, 1, 8, 48]. ' +
          'The file looks like alpha 0.5: pass { alpha: 0.5 }.',
      }),
    );
    expect(firstNumbers(layers)).toEqual([0, 0]);
  });

  it('lists what does not fit, tensor by tensor, and counts the rest', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const layers = names.map((name) => layer('Dense', name, { kernel: [2, 3], bias: [3] }));
    const other = Object.fromEntries(names.map((name) => [name, { kernel: [2, 4], bias: [4] }]));
    expect(() => loadWeights({ layers }, file({ ...other, a: { kernel: [2, 3] } }))).toThrow(
      withMessage(
        'weights "base.h5": expected weight "a/bias"; "b/kernel" of shape [2, 3]; "b/bias" of shape [3]; ' +
          '"c/kernel" of shape [2, 3]; "c/bias" of shape [3]; and 8 more, ' +
          'received layer "a" with "kernel"; [2, 4]; [4]; [2, 4]; [4]. ' +
          'The file belongs to another network: check the architecture and its options.',
      ),
    );
  });

  it('tells when only the depth of the images differs', () => {
    const layers = [
      layer('Conv2D', 'Conv1', { kernel: [3, 3, 3, 8] }),
      layer('Dense', 'out', { kernel: [8, 2] }),
    ];
    const gray = file({ Conv1: { kernel: [3, 3, 1, 8] }, out: { kernel: [8, 2] } });
    expect(() => loadWeights({ layers }, gray)).toThrow(
      withMessage(
        'weights "base.h5": expected "Conv1/kernel" of shape [3, 3, 3, 8], received [3, 3, 1, 8]. ' +
          'The file takes 1 channels there, the network 3: build it for images of that depth.',
      ),
    );
  });

  it('lists layers that are missing', () => {
    const layers = ['a', 'b', 'c', 'd', 'e'].map((name) => layer('Dense', name, { kernel: [1] }));
    expect(() => loadWeights({ layers }, file({ a: { kernel: [1] }, z: { kernel: [1] } }))).toThrow(
      withMessage(
        'weights "base.h5": expected weights for layers "b", "c", "d" and 1 more, received 2 layers without them. ' +
          'The file belongs to another network: check the architecture and its options.',
      ),
    );
  });

  it('lists weights that are missing', () => {
    const layers = [layer('BatchNormalization', 'n', { gamma: [1], beta: [1] })];
    expect(() => loadWeights({ layers }, file({ n: { beta: [1] } }))).toThrow(
      withMessage(
        'weights "base.h5": expected weight "n/gamma", received layer "n" with "beta". ' +
          'The file belongs to another network: check the architecture and its options.',
      ),
    );
  });
});
