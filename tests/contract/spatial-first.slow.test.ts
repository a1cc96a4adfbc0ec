/**
 * @file What a training step computes with space first is what the graph says: the same outputs, and the gradients that
 * the rules of the single operators give, which operators.slow.test.ts compares with central differences.
 */

import { describe, expect, it } from 'vitest';
import { gradients } from '../../src/core/autodiff/gradients.ts';
import { emitSpatialFirst } from '../../src/core/autodiff/spatial-first/emit-spatial-first.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph, Value } from '../../src/core/graph/graph.ts';
import type { OpType } from '../../src/core/graph/operators.ts';
import { simplify } from '../../src/core/graph/passes/simplify.ts';
import { evaluateGraph } from '../../src/core/runtime/create-session.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { computeSize, floats, type Tensor } from '../../src/core/tensor/tensor.ts';
import { CASES, type OperatorCase } from './operators-cases.ts';

const TOLERANCE = { atol: 2e-5, rtol: 1e-4 };

/** As [pads, strides, dilations], for kernels and maps around the limits where one form takes over from another. */
const SWEEP: readonly (readonly [window: readonly [number, number], size: readonly [number, number]])[] = [
  [
    [1, 1],
    [5, 4],
  ],
  [
    [3, 3],
    [5, 4],
  ],
  [
    [1, 7],
    [7, 7],
  ],
  [
    [7, 1],
    [7, 6],
  ],
  [
    [1, 3],
    [4, 9],
  ],
  [
    [2, 2],
    [5, 5],
  ],
  [
    [5, 5],
    [6, 6],
  ],
  [
    [3, 3],
    [21, 21],
  ],
  [
    [3, 3],
    [9, 9],
  ],
];

describe('with space first', () => {
  describe.each(SWEEP)('a window of %j on %j', (window, size) => {
    const options = [1, 2].flatMap((stride) =>
      [1, 2].flatMap((dilation) =>
        (['none', 'same', 'one side'] as const).flatMap((padding) => {
          // Without pads, a window that is larger than the map has no place.
          const isLarger = window.some((kernel, axis) => (kernel - 1) * dilation >= size[axis]!);
          return padding === 'none' && isLarger ? [] : [{ stride, dilation, padding }];
        }),
      ),
    );
    it('has cases', () => expect(options.length).toBeGreaterThanOrEqual(8));
    it.each(options)('stride $stride, dilation $dilation, padding $padding', async (option) => {
      const { stride, dilation, padding } = option;
      const reach = window.map((kernel) => (kernel - 1) * dilation);
      const pads = {
        none: [0, 0, 0, 0],
        same: [...reach.map((all) => all >> 1), ...reach.map((all) => all - (all >> 1))],
        'one side': [0, 0, ...reach],
      }[padding];
      const attributes = { strides: [stride, stride], dilations: [dilation, dilation], pads };
      for (const [channels, out, group] of [
        [3, 4, 1],
        [3, 3, 3],
        [4, 6, 2],
      ] as const) {
        await compare(
          { x: [2, channels, ...size], kernel: [out, channels / group, ...window], bias: [out] },
          (b) => b.op('Conv', [b.value('x'), b.value('kernel'), b.value('bias')], { ...attributes, group }),
        );
      }
    });
  });

  /** Every case of an operator on images, behind a convolution that puts space first. */
  const ops = (Object.keys(CASES) as OpType[]).filter((op) => op !== 'Conv' && op !== 'ConvTranspose');
  const cases = ops.flatMap((op) =>
    CASES[op].flatMap((test, index) => {
      const input = test.inputs[0];
      const differentiable = test.wrt === undefined || test.wrt.includes(0);
      if (input?.dtype !== 'float32' || input.shape.length !== 4 || !differentiable) return [];
      return [[`${op}, ${test.title ?? `case ${index + 1}`}`, op, test] as const];
    }),
  );

  it.each(cases)('%s', async (_, op, test) => {
    const [first, ...rest] = (test as OperatorCase<OpType>).inputs;
    const channels = first!.shape[1]!;
    const batch = test.batched?.includes(0) ? 'N' : first!.shape[0]!;
    await compare(
      { x: [...first!.shape], kernel: [channels, channels, 1, 1] },
      (b) => {
        const conv = b.op('Conv', [b.value('x'), b.value('kernel')]);
        const others = rest.map((tensor) => tensor && b.constant(tensor));
        return b.op<OpType>(op, [conv, ...others], (test.attributes ?? {}) as never);
      },
      batch,
    );
  });

  it('folds frozen normalization into kernels, and follows branches, pads and means', async () => {
    await compare(
      { x: [3, 4, 6, 6], a: [5, 4, 3, 3], b: [4, 1, 3, 3], c: [3, 4, 1, 1], row: [1, 5, 1, 1] },
      (b) => {
        const random = createRandom(5);
        const normalized = (value: Value): Value => {
          const count = value.shape[1] as number;
          const draw = (low: number) =>
            b.constant(
              floats(
                [count],
                Array.from({ length: count }, () => low + random.uniform()),
              ),
            );
          return b.op('BatchNormalization', [value, draw(0.5), draw(-0.5), draw(-0.5), draw(0.5)], {
            epsilon: 1e-3,
          });
        };
        const pads = [1, 1, 1, 1];
        const left = normalized(b.op('Conv', [b.value('x'), b.value('a')], { pads }));
        const scaled = b.op('Mul', [b.op('Relu', [left]), b.value('row')]);
        const depthwise = normalized(b.op('Conv', [b.value('x'), b.value('b')], { pads, group: 4 }));
        const clipped = b.op('Clip', [depthwise, b.scalar(0), b.scalar(0.9)]);
        const right = b.op('Conv', [clipped, b.value('c')]);
        const joined = b.op('Concat', [scaled, right], { axis: 1 });
        const padded = b.op('Pad', [joined, b.integers([0, 0, 1, 0, 0, 0, 0, 2])]);
        const mean = b.op('ReduceMean', [padded, b.integers([0, 2, 3])], { keepdims: 1 });
        const centered = b.op('Sub', [padded, mean]);
        return b.op('GlobalAveragePool', [b.op('Mul', [centered, centered])]);
      },
    );
  });
});

/** Builds a graph on inputs of these shapes, and compares both forms of it, forwards and backwards. */
async function compare(
  shapes: Readonly<Record<string, readonly number[]>>,
  build: (builder: GraphBuilder) => Value,
  batch: number | string = 'N',
): Promise<void> {
  const builder = new GraphBuilder('plain');
  const random = createRandom(11);
  const feeds: Record<string, Tensor> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    builder.input(name, 'float32', name === 'x' ? [batch, ...shape.slice(1)] : shape);
    feeds[name] = floats(
      shape,
      Array.from({ length: computeSize(shape) }, () => 2 * random.uniform() - 1),
    );
  }
  builder.output(build(builder), 'y');
  const graph = simplify(builder.build());
  const expected = await trained(graph, false, feeds);
  const computed = await trained(graph, true, feeds);
  for (const [name, value] of Object.entries(expected))
    expect(computed[name]!).toBeAllClose(value, TOLERANCE);
}

/** The graph's output, and the gradients of a weighted sum of it. */
async function trained(
  graph: Graph,
  spatialFirst: boolean,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const builder = new GraphBuilder('trained');
  const inputs = new Map(
    graph.inputs.map(({ name, dtype, shape }) => [name, builder.input(name, dtype, shape)]),
  );
  const { outputs, shortcuts } = spatialFirst
    ? emitSpatialFirst(builder, graph, inputs)
    : { outputs: builder.inline(graph, inputs), shortcuts: [] };
  const [y] = outputs;
  builder.output(y!, 'result');
  // Weights that differ from element to element, whatever the size: the output's own numbers, moved.
  const weighted = builder.op('Mul', [y!, builder.op('Add', [y!, builder.scalar(0.3)])]);
  const loss = builder.op('ReduceMean', [weighted], { keepdims: 0 });
  const wrt = [...inputs.values()];
  gradients(builder, loss, wrt, { shortcuts }).forEach((gradient, index) => {
    builder.output(gradient, `gradient_of_${wrt[index]!.name}`);
  });
  return evaluateGraph(simplify(builder.build()), feeds);
}
