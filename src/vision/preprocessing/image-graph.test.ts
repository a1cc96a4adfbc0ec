import { describe, expect, it } from 'vitest';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { createSession } from '../../core/runtime/create-session.ts';
import { tensor } from '../../core/tensor/tensor.ts';
import { featureGraph, imageGraph } from './image-graph.ts';

/** One sigmoid of the red channel, 0 to 255, times `weight`. */
async function answers(
  output: 'features' | 'probabilities',
  weight: number,
  reds: readonly number[],
): Promise<number[]> {
  const image = input({ shape: [1, 1, 3] });
  const flat = layers.flatten().apply(image);
  const model = new Functional({
    inputs: image,
    outputs: layers.dense({ units: 1, activation: 'sigmoid' }).apply(flat),
  });
  model.initialize({ seed: 1 });
  const [kernel, bias] = model.weights;
  kernel!.weight.value = Float32Array.of(weight, 0, 0);
  bias!.weight.value = Float32Array.of(0);
  const session = await createSession(
    imageGraph(model, model.output, { preprocessing: { scale: 1, offset: 0 }, output }),
  );
  try {
    const pixels = Uint8Array.from(reds.flatMap((red) => [red, 0, 0]));
    const image = tensor('uint8', [reds.length, 1, 1, 3], pixels);
    return [...((await session.run({ image }))[output]!.data as Float32Array)];
  } finally {
    await session.dispose();
  }
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('a model that ends with one sigmoid', () => {
  const reds = [0, 1, 10, 20, 54, 80];

  it('tells how small a small probability is, as Keras does', async () => {
    const expected = reds.map((red) => sigmoid(-red));
    expect(expected[4]).toBeLessThan(1e-23);
    expect(await answers('features', -1, reds)).toBeAllClose(expected, { atol: 0, rtol: 1e-5 });
  });

  it('tells it of either class in a model file', async () => {
    for (const sign of [1, -1]) {
      const both = reds.flatMap((red) => [sigmoid(-sign * red), sigmoid(sign * red)]);
      expect(await answers('probabilities', sign, reds)).toBeAllClose(both, { atol: 0, rtol: 1e-5 });
    }
  });

  it('is left alone, under another name, where its one output is an answer by itself', () => {
    const image = input({ shape: [1, 1, 3] });
    const flat = layers.flatten().apply(image);
    const model = new Functional({
      inputs: image,
      outputs: layers.dense({ units: 1, activation: 'sigmoid' }).apply(flat),
    });
    model.initialize({ seed: 1 });
    const preprocessing = { scale: 1, offset: 0 };
    const { outputs } = imageGraph(model, model.output, {
      preprocessing,
      output: 'features',
      outputName: 'probabilities',
    });
    expect(outputs.map(({ name, shape }) => [name, shape])).toEqual([['probabilities', ['N', 1]]]);
  });

  it('has 0 and 1 where float32 has nothing nearer', async () => {
    expect(await answers('features', -1, [120, 255])).toEqual([0, 0]);
    expect(await answers('probabilities', 1, [120, 255])).toEqual([0, 1, 0, 1]);
  });
});

describe('a graph for several tensors', () => {
  it('gives each as a graph of its own does, and computes what they share once', async () => {
    const image = input({ shape: [6, 6, 3] });
    const first = layers.conv2d({ filters: 4, kernelSize: 3, name: 'first' }).apply(image);
    const second = layers.conv2d({ filters: 5, kernelSize: 3, name: 'second' }).apply(first);
    const pooled = layers.globalAveragePooling2d().apply(first);
    const flat = layers.flatten().apply(second);
    const model = new Functional({ inputs: image, outputs: layers.add().apply([flat, flat]) });
    model.initialize({ seed: 4 });
    const preprocessing = { scale: 1 / 255, offset: 0 };
    const pixels = Uint8Array.from({ length: 2 * 6 * 6 * 3 }, (_, i) => (i * 37) % 256);
    const feeds = { image: tensor('uint8', [2, 6, 6, 3], pixels) };
    const wanted = new Map([
      ['pooled', pooled],
      ['flat', flat],
      ['first', first],
    ]);
    for (const dtype of ['float32', 'float16'] as const) {
      const graph = featureGraph(model, wanted, { preprocessing, dtype });
      expect(graph.outputs.map(({ name }) => name)).toEqual([...wanted.keys()]);
      expect(graph.nodes.filter(({ op }) => op === 'Conv')).toHaveLength(2);
      const session = await createSession(graph);
      const together = await session.run(feeds);
      await session.dispose();
      for (const [name, each] of wanted) {
        const options = { preprocessing, output: 'features', dtype } as const;
        const alone = await createSession(imageGraph(model, each, options));
        const { features } = await alone.run(feeds);
        await alone.dispose();
        expect(together[name]!.shape).toEqual(features!.shape);
        expect([...together[name]!.data]).toEqual([...features!.data]);
      }
    }
  });
});
