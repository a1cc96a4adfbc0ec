/** @file What every layer must pass; the cases are those of the comparison with Keras. */

import { describe, expect, it } from 'vitest';
import { Functional } from '../../src/core/layers/functional.ts';
import { input } from '../../src/core/layers/input-layer.ts';
import { LAYER_CLASS_NAMES, layerFromConfig, layers } from '../../src/core/layers/layers.ts';
import { fromGraphOrder, graphShape, modelGraph, toGraphOrder } from '../../src/core/layers/lower-model.ts';
import { createSession } from '../../src/core/runtime/create-session.ts';
import { floats } from '../../src/core/tensor/tensor.ts';
import { layerCases, modelOf, tolerance } from '../golden/layers/layer-cases.ts';

/** Keras 3 calls both kernels `kernel`; files and earlier versions say which one it is. */
const OTHER_NAMES: Readonly<Record<string, string>> = { 'DepthwiseConv2D/kernel': 'depthwise_kernel' };

it('has a case for every class', () => {
  const covered = new Set(layerCases.map(({ className }) => className));
  expect([...covered, 'InputLayer'].sort()).toEqual([...LAYER_CLASS_NAMES].sort());
});

describe.each(layerCases.map((each) => [each.title, each] as const))('%s', (_, layerCase) => {
  it('has the shape that is computed', async () => {
    const { layer, model } = modelOf(layerCase);
    const graph = modelGraph(model);
    expect(layer.output.shape).toEqual([null, ...layerCase.output.shape.slice(1)]);
    expect(graph.outputs[0]!.shape).toEqual(['N', ...layerCase.output.shape.slice(1)]);
    const session = await createSession(graph, { threads: 1 });
    try {
      const feeds = layerCase.inputs.map(({ shape, values }, i) => [`input_${i}`, floats(shape, values)]);
      const results = await session.run(Object.fromEntries(feeds));
      expect(results[layer.name]!.shape).toEqual(layerCase.output.shape);
    } finally {
      await session.dispose();
    }
  });

  it('has the weights of Keras', () => {
    const { layer } = modelOf(layerCase);
    const ours = layer.weights.map(({ spec }) => ({ name: spec.name, shape: spec.shape }));
    const theirs = layerCase.weights.map(({ name, shape }) => ({
      name: OTHER_NAMES[`${layerCase.className}/${name}`] ?? name,
      shape,
    }));
    expect(ours).toEqual(theirs);
  });

  it('has weights that come back from the order of the graph', () => {
    for (const { spec, value } of modelOf(layerCase).layer.weights) {
      const there = toGraphOrder(spec, value);
      expect(there).toHaveLength(graphShape(spec).reduce((product, size) => product * size, 1));
      expect(fromGraphOrder(spec, there)).toEqual(value);
    }
  });

  it('is made again by its configuration, which Keras understands', () => {
    const { layer } = modelOf(layerCase);
    const config = JSON.parse(JSON.stringify(layer.getConfig()));
    const again = layerFromConfig(layer.className, config);
    again.apply(layerCase.inputs.map(({ shape }) => input({ shape: shape.slice(1) })));
    expect(again.className).toBe(layer.className);
    expect(again.getConfig()).toEqual(layer.getConfig());
    const { dtype, ...options } = config;
    expect(dtype).toBe('float32');
    expect(layerCase.config).toMatchObject(options);
  });
});

const imageCases = layerCases.filter(({ inputs }) => inputs.every(({ shape }) => shape.length === 4));

it.each(imageCases.map((each) => [each.title, each] as const))(
  '%s gives the same when its inputs come as NCHW',
  async (_, layerCase) => {
    const inputs = layerCase.inputs.map(({ shape }, i) =>
      input({ shape: shape.slice(1), name: `input_${i}` }),
    );
    const tensors = inputs.map((tensor, index) => {
      const channels = tensor.shape[3]!;
      const identity = layers.conv2d({
        filters: channels,
        kernelSize: 1,
        useBias: false,
        name: `identity_${index}`,
      });
      const result = identity.apply(tensor);
      const kernel = new Float32Array(channels * channels);
      for (let channel = 0; channel < channels; channel++) kernel[channel * (channels + 1)] = 1;
      identity.weight('kernel').value = kernel;
      return result;
    });
    const layer = layerFromConfig(layerCase.className, layerCase.config);
    const output = layer.apply(tensors);
    layer.weights.forEach((weight, index) => {
      weight.value = Float32Array.from(layerCase.weights[index]!.values);
    });
    const graph = modelGraph(new Functional({ inputs, outputs: output }));
    const session = await createSession(graph, { threads: 1 });
    try {
      const feeds = layerCase.inputs.map(({ shape, values }, i) => [`input_${i}`, floats(shape, values)]);
      const results = await session.run(Object.fromEntries(feeds));
      const { shape, values } = layerCase.output;
      expect(results[layer.name]).toBeAllClose(floats(shape, values), tolerance);
    } finally {
      await session.dispose();
    }
  },
);

it('gives an input layer its configuration back', () => {
  const start = input({ shape: [4, 5, 3], name: 'image' });
  const again = layerFromConfig('InputLayer', start.layer.getConfig());
  expect(again.apply([]).shape).toEqual([null, 4, 5, 3]);
  expect(again.getConfig()).toEqual(start.layer.getConfig());
});

it('joins layers in either layout', async () => {
  const x = input({ shape: [2, 3, 2] });
  const conv = layerFromConfig('Conv2D', { filters: 2, kernel_size: 1, use_bias: false });
  const joined = layerFromConfig('Concatenate', {}).apply([conv.apply(x), x]);
  const flat = layerFromConfig('Flatten', {}).apply(joined);
  const model = new Functional({ inputs: x, outputs: [flat, conv.output] });
  conv.weight('kernel').value = Float32Array.of(0, 10, 1, 0);
  const graph = modelGraph(model);
  const session = await createSession(graph, { threads: 1 });
  try {
    const values = Array.from({ length: 12 }, (_, index) => index);
    const results = await session.run({ input_layer: floats([1, 2, 3, 2], values) });
    const expected = values.flatMap((value) =>
      value % 2 === 0 ? [value + 1, 10 * value, value, value + 1] : [],
    );
    expect(results['flatten']).toBeAllClose(floats([1, 24], expected), { atol: 0, rtol: 0 });
    expect(results['conv2d']!.shape).toEqual([1, 2, 3, 2]);
  } finally {
    await session.dispose();
  }
});

describe.each([
  ['maxPooling2d', 1, 3],
  ['maxPooling2d', 2, 2],
  ['averagePooling2d', 1, 3],
  ['averagePooling2d', 2, 2],
] as const)('zero padding before %s', (factory, padding, poolSize) => {
  it(`of ${padding} before a window of ${poolSize} counts as zeros`, async () => {
    const x = input({ shape: [4, 5, 2] });
    const padded = layers.zeroPadding2d({ padding }).apply(x);
    const pooled = layers[factory]({ poolSize, strides: 1 }).apply(padded);
    const [, height, width] = pooled.shape;
    const values = Array.from({ length: 40 }, (_, index) => -1 - index);
    const expected: number[] = [];
    for (let row = 0; row < height!; row++) {
      for (let column = 0; column < width!; column++) {
        for (const channel of [0, 1]) {
          const window: number[] = [];
          for (let i = row - padding; i < row - padding + poolSize; i++) {
            for (let j = column - padding; j < column - padding + poolSize; j++) {
              const inside = i >= 0 && i < 4 && j >= 0 && j < 5;
              window.push(inside ? values[(i * 5 + j) * 2 + channel]! : 0);
            }
          }
          const mean = window.reduce((sum, value) => sum + value, 0) / window.length;
          expected.push(factory === 'maxPooling2d' ? Math.max(...window) : mean);
        }
      }
    }
    const session = await createSession(modelGraph(new Functional({ inputs: x, outputs: pooled })), {
      threads: 1,
    });
    try {
      const results = await session.run({ input_layer: floats([1, 4, 5, 2], values) });
      const result = results[pooled.layer.name];
      expect(result).toBeAllClose(floats([1, height!, width!, 2], expected), { atol: 1e-6, rtol: 1e-6 });
    } finally {
      await session.dispose();
    }
  });
});
