/** @file Which arithmetic of sequences goes sample by sample, and that it gives the same bits. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Shape, Value } from '../graph/graph.ts';
import { createSession } from '../runtime/create-session.ts';
import { floats, type Tensor } from '../tensor/tensor.ts';
import { findSampleRuns } from './scan-samples.ts';

const WIDTH = 1024;

type Emit = (builder: GraphBuilder, x: Value, bias: Value) => Value;

function built(emit: Emit, shape: Shape = ['N', 'S', WIDTH]): Graph {
  const builder = new GraphBuilder('test');
  const x = builder.input('x', 'float32', shape);
  const bias = builder.constant(floats([WIDTH], range(WIDTH)), 'bias');
  builder.output(emit(builder, x, bias), 'y');
  return builder.build();
}

/** Operators of every run; of the input, what lies between, and what else reads it. */
function runsOf(graph: Graph): { ops: string; inputs: readonly string[]; outputs: readonly string[] }[] {
  return findSampleRuns(graph).flatMap((part) =>
    'nodes' in part
      ? [{ ops: part.nodes.map(({ op }) => op).join(' '), inputs: part.inputs, outputs: part.outputs }]
      : [],
  );
}

const gate: Emit = (e, x, bias) => {
  const moved = e.add(x, bias, { name: 'moved' });
  return e.mul(moved, e.sigmoid(e.mul(e.square(moved), 0.3)), { name: 'gated' });
};

const normalized: Emit = (e, x) => {
  const centered = e.sub(x, e.mean(x, [-1], 1));
  const deviation = e.sqrt(e.add(e.mean(e.pow(centered, 2), [-1], 1), 1e-3));
  return e.mul(e.div(centered, deviation), 2);
};

const spread: Emit = (e, x) => e.sub(x, e.mul(e.sum(e.mul(x, x), [-1], 1), e.scalar(0.25)));

/** Numbers in [-2, 2]. */
function range(length: number): number[] {
  return Array.from({ length }, (_, i) => 2 * Math.sin(3 * i));
}

describe('findSampleRuns', () => {
  it('finds arithmetic of sequences, with what is read and what is read of it', () => {
    const graph = built((e, x, bias) => {
      const y = gate(e, x, bias);
      return e.add(e.softmax(y, -1), e.value('moved'));
    });
    expect(runsOf(graph)).toEqual([
      { ops: 'Add Mul Mul Sigmoid Mul', inputs: ['x'], outputs: ['moved', 'gated'] },
    ]);
  });

  it('takes sums along the last axis, no others', () => {
    expect(runsOf(built(spread))).toMatchObject([{ ops: 'Mul ReduceSum Mul Sub' }]);
    const along =
      (axis: number): Emit =>
      (e, x) =>
        e.sub(gate(e, x, x), e.sum(x, [axis], 1));
    expect(runsOf(built(along(-1)))).toMatchObject([{ ops: 'Add Mul Mul Sigmoid Mul ReduceSum Sub' }]);
    // Counted from the front, it is another axis of a sample.
    for (const axis of [1, 2]) {
      expect(runsOf(built(along(axis)))).toMatchObject([{ ops: 'Add Mul Mul Sigmoid Mul' }]);
    }
  });

  it('leaves a normalization to the kernel that ONNX Runtime has for it', () => {
    expect(runsOf(built(normalized))).toEqual([]);
  });

  it('goes on behind what changes shapes alone, unless that reads the run', () => {
    const beside: Emit = (e, x, bias) => {
      const moved = e.add(x, bias);
      const factor = e.reshape(e.input('factor', 'float32', [1, WIDTH]), [WIDTH]);
      return e.mul(e.sigmoid(e.mul(moved, factor)), moved);
    };
    expect(runsOf(built(beside))).toMatchObject([{ ops: 'Add Mul Sigmoid Mul' }]);
    const across: Emit = (e, x, bias) =>
      e.mul(e.mul(e.add(x, bias), e.cast(e.squeeze(e.sizeOf(e.sigmoid(x), 1), [0]), 'float32')), 3);
    expect(runsOf(built(across))).toEqual([]);
  });

  it('leaves narrow rows, and a sigmoid of rows that do not end with a block', () => {
    const sigmoid: Emit = (e, x) => e.mul(e.add(x, 1), e.add(e.sigmoid(e.square(x)), e.square(x)));
    const sums: Emit = (e, x) => e.mul(e.add(x, 1), e.add(e.square(x), 2));
    const count = (emit: Emit, width: number) => runsOf(built(emit, ['N', 'S', width])).length;
    expect([1008, 1024, 1032].map((width) => count(sigmoid, width))).toEqual([0, 1, 0]);
    expect([1008, 1024, 1032].map((width) => count(sums, width))).toEqual([0, 1, 1]);
  });

  it('leaves short runs, and sizes that are known, as of images', () => {
    expect(runsOf(built((e, x, bias) => e.mul(e.add(x, bias), e.sigmoid(x))))).toEqual([]);
    expect(runsOf(built(gate, ['N', 5, WIDTH]))).toEqual([]);
    expect(runsOf(built(gate, [2, 'S', WIDTH]))).toEqual([]);
  });
});

describe('a session that goes sample by sample', () => {
  const run = async (graph: Graph, feeds: Record<string, Tensor>, scansSamples: boolean): Promise<Tensor> => {
    const session = await createSession(graph, { threads: 1, scansSamples });
    const { y } = await session.run(feeds);
    await session.dispose();
    return y!;
  };

  it.each<[string, Emit]>([
    ['a gate', gate],
    ['sums along rows', spread],
    ['two runs', (e, x, bias) => spread(e, e.softmax(gate(e, x, bias), -1), bias)],
  ])('gives the same bits: %s', async (_, emit) => {
    const graph = built(emit);
    const feeds = { x: floats([3, 5, WIDTH], range(15 * WIDTH)) };
    const plain = await run(graph, feeds, false);
    expect(new Set(plain.data as Float32Array).size).toBeGreaterThan(100);
    const { data } = await run(graph, feeds, true);
    expect((data as Float32Array).findIndex((value, i) => value !== plain.data[i])).toBe(-1);
  });
});
