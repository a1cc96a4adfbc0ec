/** @file Where products are padded, how far back, and that no number changes by it. That none of a step does: network-of-file.slow.test.ts. */

import { describe, expect, it } from 'vitest';
import { type ActivationName, lowerActivation } from '../../layers/activations.ts';
import { evaluateGraph } from '../../runtime/create-session.ts';
import { platform } from '../../runtime/platform.ts';
import { createRandom } from '../../tensor/random.ts';
import { StoredTensor } from '../../tensor/stored-tensor.ts';
import { computeSize, floats, type Tensor } from '../../tensor/tensor.ts';
import { GraphBuilder } from '../builder.ts';
import type { Graph, Value } from '../graph.ts';
import { paddedWidth, padLeadingDimensions } from './pad-leading-dimensions.ts';

const WIDTH = 3;
const HIDDEN = 2048;

function numbers(shape: readonly number[], seed: string): Tensor<'float32'> {
  const random = createRandom(1).fork(seed);
  return floats(
    shape,
    Float32Array.from({ length: computeSize(shape) }, () => random.uniform() - 0.5),
  );
}

/** A kernel as the cache has it. */
function stored(rows: number, columns: number, seed: string): StoredTensor {
  const { data } = numbers([rows, columns], seed);
  const padded = [paddedWidth(rows), paddedWidth(columns)] as const;
  const place = {
    folder: 'cache',
    file: 'weights.f32',
    offset: 0,
    byColumns: [rows, columns] as const,
    padded,
  };
  return new StoredTensor([rows, columns], { place, length: data.length, read: () => data });
}

/** Two dense layers; `between` is what becomes of the hidden states, and may make outputs of its own. */
function network(between: (builder: GraphBuilder, hidden: Value, x: Value) => Value): Graph {
  const builder = new GraphBuilder('test');
  const x = builder.input('x', 'float32', ['N', 'S', WIDTH]);
  const into = builder.constant(stored(WIDTH, HIDDEN, 'into'), 'into');
  const out = builder.constant(stored(HIDDEN, WIDTH, 'out'), 'out');
  const bias = builder.constant(numbers([HIDDEN], 'bias'), 'bias');
  const hidden = builder.add(builder.matMul(x, into), bias);
  builder.output(builder.matMul(between(builder, hidden, x), out), 'y');
  return builder.build();
}

/** Operators, each with the width of what it gives; without that which names an output. */
const widthsOf = ({ nodes, values }: Graph) =>
  nodes
    .filter(({ op }) => op !== 'Identity')
    .map(({ op, outputs }) => [op, values.get(outputs[0]!)!.shape.at(-1)]);

async function expectSameNumbers(before: Graph, after: Graph): Promise<void> {
  const feeds = { x: numbers([2, 3, WIDTH], 'x') };
  // Numbers that no file has come into the model.
  const options = { threads: 1, runtime: { ...platform, readsFiles: false } };
  expect(await evaluateGraph(after, feeds, options)).toEqual(await evaluateGraph(before, feeds, options));
}

const activated = (builder: GraphBuilder, value: Value, name: ActivationName) =>
  lowerActivation(builder, name, { value, layout: 'plain' }, name).value;

describe('hidden states', () => {
  it.each(['gelu_approximate', 'gelu', 'silu', 'relu', 'tanh'] as const)('of %s are wider', async (name) => {
    const graph = network((builder, hidden) => activated(builder, hidden, name));
    const padded = padLeadingDimensions(graph);
    const widths = widthsOf(graph).map(([op, width]) => [op, width === HIDDEN ? HIDDEN + 16 : width]);
    expect(widthsOf(padded)).toEqual(widths);
    const shapes = [...padded.constants.values()]
      .map(({ shape }) => shape)
      .filter(({ length }) => length > 0);
    expect(shapes).toEqual([[WIDTH, HIDDEN + 16], [HIDDEN + 16], [HIDDEN + 16, WIDTH]]);
    await expectSameNumbers(graph, padded);
  });

  it('of a gate are, with what the gate is made of', async () => {
    const graph = network((builder, hidden, x) => {
      const gate = builder.matMul(x, builder.constant(stored(WIDTH, HIDDEN, 'gate'), 'gate'));
      return builder.mul(activated(builder, gate, 'silu'), hidden);
    });
    const padded = padLeadingDimensions(graph);
    expect(widthsOf(padded).filter(([, width]) => width !== HIDDEN + 16)).toEqual([['MatMul', WIDTH]]);
    await expectSameNumbers(graph, padded);
  });

  it('that adapters add to are, with matrices that are padded in the graph', async () => {
    const graph = network((builder, hidden, x) => {
      const b = builder.mul(builder.constant(numbers([2, HIDDEN], 'b')), builder.mean(x, [0, 1, 2], 1));
      const narrow = builder.matMul(x, builder.constant(numbers([WIDTH, 2], 'a')));
      const active = builder.relu(
        builder.add(hidden, builder.matMul(narrow, builder.reshape(b, [2, HIDDEN]))),
      );
      builder.output(builder.matMul(active, builder.constant(numbers([HIDDEN, 2], 'c'))), 'narrow');
      return active;
    });
    const padded = padLeadingDimensions(graph);
    expect(padded.nodes.filter(({ op }) => op === 'Pad').map(({ inputs }) => inputs[0])).toEqual([
      expect.stringMatching('Reshape'),
    ]);
    await expectSameNumbers(graph, padded);
  });

  it('that others read as they are get a wider copy', async () => {
    const graph = network((builder, hidden) => {
      builder.output(builder.mean(hidden, [-1], 0), 'mean');
      return hidden;
    });
    const padded = padLeadingDimensions(graph);
    expect(widthsOf(padded)).toContainEqual(['Pad', HIDDEN + 16]);
    expect(widthsOf(padded).filter(([, width]) => width === HIDDEN)).toHaveLength(2);
    await expectSameNumbers(graph, padded);
  });

  it('that are an output do, and those that a softmax makes', async () => {
    for (const between of [
      (builder: GraphBuilder, hidden: Value) => builder.output(builder.relu(hidden), 'hidden'),
      (builder: GraphBuilder, hidden: Value) => builder.softmax(hidden, -1),
    ]) {
      const graph = network((builder, hidden) => between(builder, hidden) ?? hidden);
      const padded = padLeadingDimensions(graph);
      expect(padded.nodes.filter(({ op }) => op === 'Pad')).toHaveLength(1);
      await expectSameNumbers(graph, padded);
    }
  });
});

it('leaves a graph alone whose kernels lie otherwise', () => {
  const builder = new GraphBuilder('test');
  const kernel = builder.constant(numbers([HIDDEN, WIDTH], 'kernel'));
  builder.output(builder.matMul(builder.input('x', 'float32', ['N', 'S', HIDDEN]), kernel), 'y');
  const graph = builder.build();
  expect(padLeadingDimensions(graph)).toBe(graph);
});
