/** @file Laws that hold for all graphs: gradients are linear, broadcasting is undone by sums, simplifying changes no number. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gradients } from '../../src/core/autodiff/gradients.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Value } from '../../src/core/graph/graph.ts';
import { simplify } from '../../src/core/graph/passes/simplify.ts';
import { speedUp } from '../../src/core/graph/passes/speed-up.ts';
import { evaluateGraph } from '../../src/core/runtime/create-session.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { computeSize, floats, type Tensor, tensor } from '../../src/core/tensor/tensor.ts';

const RUNS = { numRuns: 40 };

function normal(shape: readonly number[], seed: number): Tensor<'float32'> {
  const random = createRandom(seed);
  return floats(
    shape,
    Array.from({ length: computeSize(shape) }, () => random.normal()),
  );
}

/** Two shapes that broadcast: sizes of a common shape, dropped at the front or replaced by 1. */
const broadcastable = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
  .chain((shape) => {
    const one = fc.tuple(
      fc.nat(shape.length),
      fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    );
    return fc
      .tuple(one, one)
      .map((pair) =>
        pair.map(([drop, ones]) => shape.map((size, axis) => (ones[axis] ? 1 : size)).slice(drop)),
      );
  });

describe('gradients', () => {
  it('undo broadcasting by sums', async () => {
    await fc.assert(
      fc.asyncProperty(broadcastable, fc.nat(), async ([left, right], seed) => {
        const builder = new GraphBuilder('broadcast');
        const [a, b] = [builder.input('a', 'float32', left!), builder.input('b', 'float32', right!)];
        const product = builder.op('Mul', [a, b]);
        const [da, db] = gradients(builder, builder.op('ReduceSum', [product], { keepdims: 0 }), [a, b]);
        expect([da!.shape, db!.shape]).toEqual([left, right]);
        builder.output(da!, 'da');
        builder.output(db!, 'db');
        builder.output(builder.op('ReduceSum', [builder.op('Mul', [a, da!])], { keepdims: 0 }), 'ada');
        builder.output(builder.op('ReduceSum', [builder.op('Mul', [b, db!])], { keepdims: 0 }), 'bdb');
        builder.output(builder.op('ReduceSum', [product], { keepdims: 0 }), 'loss');
        const feeds = { a: normal(left!, seed), b: normal(right!, seed + 1) };
        const results = await evaluateGraph(builder.build(), feeds);
        // Euler: the loss is homogeneous of degree one in each of its factors.
        expect(results['ada']!).toBeAllClose(results['loss']!, { atol: 1e-4, rtol: 1e-4 });
        expect(results['bdb']!).toBeAllClose(results['loss']!, { atol: 1e-4, rtol: 1e-4 });
      }),
      RUNS,
    );
  });

  it('of a sum are the sum of the gradients', async () => {
    const terms: readonly ((builder: GraphBuilder, x: Value) => Value)[] = [
      (builder, x) => builder.op('Tanh', [x]),
      (builder, x) => builder.op('Mul', [x, x]),
      (builder, x) => builder.op('Softmax', [x]),
      (builder, x) =>
        builder.op('Transpose', [builder.op('Transpose', [x], { perm: [1, 0] })], { perm: [1, 0] }),
      (builder, x) => builder.op('Div', [x, builder.op('Exp', [x])]),
    ];
    const choice = fc.array(fc.nat(terms.length - 1), { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(choice, fc.nat(), async (chosen, seed) => {
        const builder = new GraphBuilder('sum');
        const x = builder.input('x', 'float32', ['N', 3]);
        const scale = builder.constant(normal([3], seed + 1), 'scale');
        const losses = chosen.map((index) =>
          builder.op('ReduceSum', [builder.op('Mul', [terms[index]!(builder, x), scale])], { keepdims: 0 }),
        );
        const total = losses.reduce((a, b) => builder.op('Add', [a, b]));
        builder.output(gradients(builder, total, [x])[0]!, 'together');
        const parts = losses.map((loss) => gradients(builder, loss, [x])[0]!);
        builder.output(
          parts.reduce((a, b) => builder.op('Add', [a, b])),
          'apart',
        );
        const results = await evaluateGraph(builder.build(), { x: normal([2, 3], seed) });
        expect(results['together']!).toBeAllClose(results['apart']!, { atol: 1e-5, rtol: 1e-5 });
      }),
      RUNS,
    );
  });
});

describe('simplify', () => {
  it('changes no number', async () => {
    const steps: readonly ((builder: GraphBuilder, x: Value, seed: number) => Value)[] = [
      (builder, x) => builder.op('Identity', [x]),
      (builder, x) => builder.op('Relu', [x]),
      (builder, x) => builder.op('Transpose', [x], { perm: [0, 2, 3, 1] }),
      (builder, x) => builder.op('Transpose', [x], { perm: [0, 3, 1, 2] }),
      (builder, x, seed) => {
        const channels = x.shape[1] as number;
        const kernel = builder.constant(normal([channels, channels, 1, 1], seed), 'kernel');
        const bias = seed % 2 === 0 ? [builder.constant(normal([channels], seed + 1), 'bias')] : [];
        return builder.op('Conv', [x, kernel, ...bias]);
      },
      (builder, x, seed) => {
        const channels = x.shape[1] as number;
        const [scale, bias, mean] = [0, 1, 2].map((i) =>
          builder.constant(normal([channels], seed + i), 'statistic'),
        );
        const variance = floats(
          [channels],
          normal([channels], seed + 3).data.map((value) => value * value + 0.5),
        );
        return builder.op('BatchNormalization', [
          x,
          scale,
          bias,
          mean,
          builder.constant(variance, 'variance'),
        ]);
      },
      (builder, x) => {
        const sum = builder.op('Add', [builder.scalar(0.5), builder.op('Neg', [builder.scalar(2)])]);
        return builder.op('Mul', [x, builder.op('Sqrt', [builder.op('Mul', [sum, sum])])]);
      },
      (builder, x) => builder.op('Reshape', [x, builder.op('Shape', [x])]),
      (builder, x) => {
        builder.output(x);
        return builder.op('Abs', [x]);
      },
    ];
    const path = fc.array(fc.nat(steps.length - 1), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(path, fc.boolean(), fc.nat(1e6), async (chosen, symbolic, seed) => {
        const builder = new GraphBuilder('random');
        let x = builder.input('x', 'float32', [symbolic ? 'N' : 2, 2, 3, 4]);
        chosen.forEach((index, i) => {
          x = steps[index]!(builder, x, seed + 10 * i);
        });
        builder.output(x, 'y');
        const graph = builder.build();
        const simple = simplify(graph);
        expect(simple.nodes.length).toBeLessThanOrEqual(graph.nodes.length);
        expect(simple.outputs).toEqual(graph.outputs);
        const feeds = { x: normal([2, 2, 3, 4], seed) };
        const [before, after] = [await evaluateGraph(graph, feeds), await evaluateGraph(simple, feeds)];
        for (const [name, tensor] of Object.entries(before)) {
          expect(after[name]!).toBeAllClose(tensor, { atol: 1e-4, rtol: 1e-4 });
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('simplify and speedUp', () => {
  it('change no number of a network of images', async () => {
    const odd = fc.constantFrom(1, 3, 5);
    const network = fc.record({
      channels: fc.constantFrom(3, 16),
      height: fc.integer({ min: 5, max: 7 }),
      width: fc.integer({ min: 5, max: 7 }),
      window: fc.tuple(odd, odd),
      isPadded: fc.boolean(),
      strides: fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 2)),
      hasBias: fc.boolean(),
      countsPads: fc.boolean(),
      poolStride: fc.constantFrom(1, 2),
      mixed: fc.constantFrom(8, 16, 32),
      seed: fc.nat(1e6),
    });
    await fc.assert(
      fc.asyncProperty(network, async ({ channels, height, width, window, seed, ...choice }) => {
        const builder = new GraphBuilder('images');
        const image = builder.input('image', 'uint8', ['N', height, width, channels]);
        let made = 0;
        const conv = (
          x: Value,
          filters: number,
          [rows, columns]: readonly number[],
          isPadded: boolean,
          strides: readonly number[] = [1, 1],
        ) => {
          const [top, left] = isPadded ? [(rows! - 1) / 2, (columns! - 1) / 2] : [0, 0];
          const kernel = normal([filters, x.shape[1] as number, rows!, columns!], seed + made++);
          const bias = choice.hasBias ? [builder.constant(normal([filters], seed + made++))] : [];
          const pads = [top, left, top, left];
          return builder.op('Conv', [x, builder.constant(kernel), ...bias], { pads, strides });
        };
        const pixels = builder.op('Cast', [builder.op('Transpose', [image], { perm: [0, 3, 1, 2] })], {
          to: 'float32',
        });
        const scale = builder.constant(normal([channels, 1, 1], seed + made++));
        const scaled = builder.op('Add', [builder.op('Mul', [pixels, scale]), builder.scalar(-1)]);
        const first = builder.op('Relu', [conv(scaled, 16, window, choice.isPadded, choice.strides)]);
        const pooled = builder.op('AveragePool', [first], {
          kernel_shape: [3, 3],
          pads: [1, 1, 1, 1],
          strides: [choice.poolStride, choice.poolStride],
          count_include_pad: choice.countsPads ? 1 : 0,
        });
        const mixed = builder.op('Relu', [conv(pooled, choice.mixed, [1, 1], false)]);
        builder.output(conv(mixed, 4, [1, 7], true), 'y');
        const graph = builder.build();
        const random = createRandom(seed);
        const bytes = Uint8Array.from({ length: 2 * height * width * channels }, () => random.integer(256));
        const feeds = { image: tensor('uint8', [2, height, width, channels], bytes) };
        const fast = speedUp(simplify(graph));
        expect(fast.outputs).toEqual(graph.outputs);
        const [before, after] = [await evaluateGraph(graph, feeds), await evaluateGraph(fast, feeds)];
        const largest = (before['y']!.data as Float32Array).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        expect(after['y']!).toBeAllClose(before['y']!, { atol: 1e-5 * largest, rtol: 0 });
      }),
      RUNS,
    );
  });
});
