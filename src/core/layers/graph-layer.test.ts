import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { gradients } from '../autodiff/gradients.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { floats } from '../tensor/tensor.ts';
import { Functional } from './functional.ts';
import { GraphLayer } from './graph-layer.ts';
import { input } from './input-layer.ts';
import { layers } from './layers.ts';
import { inferenceLowering, modelGraph } from './lower-model.ts';

/** NCHW: a 1 x 1 convolution, a frozen normalization, twice the result; then what `end` adds. */
function network(end: (builder: GraphBuilder, x: Value) => Value = (_, x) => x): Graph {
  const builder = new GraphBuilder('net.onnx');
  const constant = (name: string, shape: number[], values: number[]) =>
    builder.constant(floats(shape, values), name);
  const x = builder.input('x', 'float32', ['N', 3, 4, 5]);
  const conv = builder.op('Conv', [x, constant('w', [2, 3, 1, 1], [1, 2, 3, 4, 5, 6])], {}, { name: 'conv' });
  const statistics = ['scale', 'bias', 'mean', 'variance'].map((name) => constant(name, [2], [1, 1]));
  const bn = builder.op('BatchNormalization', [conv, ...statistics], {}, { name: 'bn' });
  const doubled = builder.op('Mul', [bn, builder.scalar(2)], {}, { name: 'y' });
  builder.constant(floats([2], [7, 7]), 'never read');
  builder.output(end(builder, doubled));
  return builder.build();
}

function applied(graph: Graph, options: { readonly trainable?: boolean } = {}) {
  const image = input({ shape: [4, 5, 3], name: 'image' });
  const layer = new GraphLayer({
    ...options,
    name: 'y',
    graph,
    inputLayout: 'channelsFirst',
    outputLayout: 'channelsFirst',
  });
  return { layer, image, output: layer.apply(image) };
}

describe('GraphLayer', () => {
  it('has the graph’s numbers as frozen weights, and shows NHWC', () => {
    const { layer, image, output } = applied(network());
    expect(output.shape).toEqual([null, 4, 5, 2]);
    expect(layer.weights.map(({ spec }) => [spec.name, spec.trainable])).toEqual([
      ['w', true],
      ['scale', true],
      ['bias', true],
      ['mean', false],
      ['variance', false],
    ]);
    expect(layer.weight('w').value).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(new Functional({ inputs: image, outputs: output }).countParams()).toEqual({
      total: 14,
      trainable: 0,
      nonTrainable: 14,
    });
  });

  it('becomes the graph, between transposes, under names of its own', () => {
    const { image, output } = applied(network());
    const head = layers.globalAveragePooling2d({ name: 'pool' }).apply(output);
    const graph = modelGraph(new Functional({ inputs: image, outputs: [output, head] }));
    expect(graph.nodes.map(({ op }) => op)).toEqual([
      'Transpose',
      'Conv',
      'BatchNormalization',
      'Mul',
      'GlobalAveragePool',
      'Flatten',
      'Transpose',
      'Identity',
      'Identity',
    ]);
    expect(graph.nodes[1]!.outputs).toEqual(['net.onnx:conv']);
    expect([...graph.constants.keys()]).toEqual([
      'y/w',
      'y/scale',
      'y/bias',
      'y/mean',
      'y/variance',
      'net.onnx:scalar',
    ]);
    expect(graph.outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['y', ['N', 4, 5, 2]],
      ['pool', ['N', 2]],
    ]);
  });

  it('can be trained, except for statistics, once it is told to', () => {
    const { image, output } = applied(network(), { trainable: true });
    expect(new Functional({ inputs: image, outputs: output }).countParams()).toMatchObject({ trainable: 10 });
  });

  it('resizes by constants, which are no weights, also while it is trained', () => {
    const graph = network((builder, x) => {
      const scales = builder.constant(floats([4], [1, 1, 2, 2]), 'scales');
      return builder.op('Resize', [x, undefined, scales], { mode: 'linear' }, { name: 'resized' });
    });
    const { layer, output } = applied(graph, { trainable: true });
    expect(layer.weights.map(({ spec }) => spec.name)).toEqual(['w', 'scale', 'bias', 'mean', 'variance']);
    expect(output.shape).toEqual([null, 8, 10, 2]);
    const builder = new GraphBuilder('training');
    const x = builder.input('image', 'float32', ['N', 3, 4, 5]);
    const lowering = {
      ...inferenceLowering(builder),
      weight: (_: unknown, name: string) => builder.input(name, 'float32', layer.weight(name).spec.shape),
    };
    const { value } = layer.lower(lowering, [{ value: x, layout: 'channelsFirst' }]);
    expect(value.shape).toEqual(['N', 2, 8, 10]);
    const loss = builder.op('ReduceSum', [value], { keepdims: 0 }, { name: 'loss' });
    expect(gradients(builder, loss, [builder.value('w')])[0]!.shape).toEqual([2, 3, 1, 1]);
  });

  it('names the operator where no gradient passes', () => {
    const { layer } = applied(
      network((builder, x) =>
        builder.op('Pad', [x, builder.integers([0, 0, 1, 1, 0, 0, 1, 1])], { mode: 'reflect' }),
      ),
      { trainable: true },
    );
    const builder = new GraphBuilder('training');
    const x = builder.input('image', 'float32', ['N', 3, 4, 5]);
    const { value } = layer.lower(inferenceLowering(builder), [{ value: x, layout: 'channelsFirst' }]);
    const loss = builder.op('ReduceSum', [value], { keepdims: 0 }, { name: 'loss' });
    expect(() => gradients(builder, loss, [builder.value('y/w')])).toThrow(
      withMessage(
        'gradient: expected a rule for every op on the path from "loss" to "y/w", ' +
          'received op "Pad" ("net.onnx:Pad"), which has no gradient in mode "reflect". ' +
          'Freeze the layers before it, or add a rule.',
      ),
    );
  });

  it('refuses images that the graph was not made for, and graphs of several outputs', () => {
    const image = input({ shape: [4, 4, 3] });
    const graph = network();
    const layer = new GraphLayer({ name: 'net', graph, inputLayout: 'channelsFirst', outputLayout: 'plain' });
    expect(() => layer.apply(image)).toThrow(
      withMessage(
        'layer "net": expected an input [N, 4, 5, 3], received [N, 4, 4, 3]. Load the file for images of this size.',
      ),
    );
    expect(
      () => new GraphLayer({ graph: { ...graph, outputs: [] }, inputLayout: 'plain', outputLayout: 'plain' }),
    ).toThrow(
      withMessage(
        'graph "net.onnx": expected one input and one output, received 1 and 0. Cut the graph so that one of each is left.',
      ),
    );
  });
});
