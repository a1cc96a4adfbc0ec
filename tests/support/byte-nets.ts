/** @file Small random networks, and their int8 models calibrated on the very numbers that they are tested with. */

import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph, Value } from '../../src/core/graph/graph.ts';
import { simplify } from '../../src/core/graph/passes/simplify.ts';
import { calibrationGraph, RangeCollector } from '../../src/core/graph/quantize/calibration-graph.ts';
import type { ValueRanges } from '../../src/core/graph/quantize/quantization.ts';
import { quantizeGraph } from '../../src/core/graph/quantize/quantize-graph.ts';
import { evaluateGraph } from '../../src/core/runtime/create-session.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { computeSize, floats, type Tensor } from '../../src/core/tensor/tensor.ts';

export const CHANNELS = 4;
const SIZE = 6;

export function normal(shape: readonly number[], seed: number, deviation = 1): Tensor<'float32'> {
  const random = createRandom(seed);
  return floats(
    shape,
    Array.from({ length: computeSize(shape) }, () => random.normal() * deviation),
  );
}

/** Numbers for `images` images of a net. */
export const netInput = (seed: number, images = 3): Tensor<'float32'> =>
  normal([images, CHANNELS, SIZE, SIZE], seed);

type Step = (builder: GraphBuilder, x: Value, seed: number) => Value;

const conv =
  (size: number, group: number, more: Readonly<Record<string, unknown>> = {}): Step =>
  (builder, x, seed) => {
    const [, channels] = x.shape as [string, number];
    const groups = group === 1 ? 1 : channels;
    const shape = [groups === 1 ? CHANNELS : channels, channels / groups, size, size];
    const fanIn = computeSize(shape.slice(1));
    const kernel = builder.constant(normal(shape, seed, 1 / Math.sqrt(fanIn)), 'kernel');
    const bias = builder.constant(normal([shape[0]!], seed + 1, 0.5), 'bias');
    const half = Math.floor(size / 2);
    return builder.op('Conv', [x, kernel, bias], { group: groups, pads: [half, half, half, half], ...more });
  };
const relu: Step = (builder, x) => builder.op('Relu', [x]);
const relu6: Step = (builder, x) => builder.op('Clip', [x, builder.scalar(0), builder.scalar(6)]);
const after =
  (first: Step, second: Step): Step =>
  (builder, x, seed) =>
    second(builder, first(builder, x, seed), seed);
const pads = (size: number) => [size, size, size, size];

/** Each keeps height and width, so that they can follow in any order. */
export const STEPS: readonly Step[] = [
  after(conv(1, 1), relu),
  after(conv(3, 1), relu),
  after(conv(3, 2), relu6),
  conv(1, 1),
  (builder, x, seed) => {
    const branch = after(conv(3, 2), conv(1, 1))(builder, x, seed);
    return x.shape[1] === CHANNELS ? builder.op('Add', [x, branch]) : branch;
  },
  (builder, x, seed) =>
    relu(
      builder,
      builder.op('Concat', [conv(1, 1)(builder, x, seed), conv(3, 1)(builder, x, seed + 5)], { axis: 1 }),
      seed,
    ),
  (builder, x) => builder.op('MaxPool', [x], { kernel_shape: [3, 3], pads: pads(1) }),
  (builder, x) => builder.op('AveragePool', [x], { kernel_shape: [3, 3], pads: pads(1) }),
  (builder, x, seed) => {
    const padded = builder.op('Pad', [x, builder.integers([0, 0, 1, 1, 0, 0, 1, 1])]);
    return conv(3, 1, { pads: pads(0) })(builder, padded, seed);
  },
];

/** From `x`, float32 `[N, 4, 6, 6]`, to `y`. */
export function randomNet(chosen: readonly number[], seed: number): Graph {
  const builder = new GraphBuilder('net');
  let x = builder.input('x', 'float32', ['N', CHANNELS, SIZE, SIZE]);
  chosen.forEach((index, i) => {
    x = STEPS[index]!(builder, x, seed + 10 * i);
  });
  builder.output(x, 'y');
  return simplify(builder.build());
}

/** The int8 model, and the ranges that it rests on. */
export async function byteModel(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<{ readonly graph: Graph; readonly ranges: ValueRanges }> {
  const calibration = calibrationGraph(graph);
  const collector = new RangeCollector(calibration);
  if (calibration.observed.length > 0) collector.add(await evaluateGraph(calibration.graph, feeds));
  const { ranges } = collector;
  return { graph: quantizeGraph(graph, ranges), ranges };
}
