/** Graphs in int8, on ONNX Runtime. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import { computeQuantization } from '../../src/core/graph/quantize/quantization.ts';
import { WEIGHT_BITS } from '../../src/core/graph/quantize/quantized-weights.ts';
import { decodeModel } from '../../src/core/onnx/decoder.ts';
import { encodeModel } from '../../src/core/onnx/encoder.ts';
import { createSession, evaluateGraph } from '../../src/core/runtime/create-session.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { floats, type Tensor, tensor } from '../../src/core/tensor/tensor.ts';
import { byteModel, CHANNELS, netInput, normal, randomNet, STEPS } from '../support/byte-nets.ts';
import { oneNodeModel } from '../support/onnx-node.ts';

const RUNS = { numRuns: 25 };
const seeds = fc.nat(1e6);
/** At least one convolution, anywhere. */
const nets = fc
  .array(fc.nat(STEPS.length - 1), { minLength: 1, maxLength: 6 })
  .map((steps) => [...steps, 0, 3]);

const numbers = (t: Tensor | undefined) => t!.data as Float32Array;

/** Root of the mean square of a difference, as a fraction of the largest number. */
function distance(actual: Float32Array, expected: Float32Array): number {
  const squares = expected.reduce((sum, value, i) => sum + (value - actual[i]!) ** 2, 0);
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-9);
  return Math.sqrt(squares / expected.length) / largest;
}

describe('a convolution in int8', () => {
  it('is as near to float32 as the steps of its input, weights and output allow', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          group: fc.constantFrom(1, CHANNELS),
          size: fc.constantFrom(1, 3),
          pad: fc.constantFrom(0, 1),
          scale: fc.constantFrom(1e-4, 1, 1e4),
          relu: fc.boolean(),
          seed: seeds,
        }),
        async ({ group, size, pad, scale, relu, seed }) => {
          const builder = new GraphBuilder('conv');
          const x = builder.input('x', 'float32', ['N', CHANNELS, 6, 6]);
          const kernel = normal([CHANNELS, CHANNELS / group, size, size], seed, scale);
          const bias = normal([CHANNELS], seed + 1, scale);
          const parts = [kernel, bias].map((part) => builder.constant(part));
          let y = builder.op('Conv', [x, ...parts], { group, pads: [pad, pad, pad, pad] });
          if (relu) y = builder.op('Relu', [y]);
          builder.output(y, 'y');
          const graph = builder.build();
          const feeds = { x: netInput(seed + 2) };
          const int8Model = await byteModel(graph, feeds);
          const [exact, bytes] = [
            await evaluateGraph(graph, feeds),
            await evaluateGraph(int8Model.graph, feeds),
          ];
          const [input, output] = [
            int8Model.ranges.get('x')!,
            int8Model.ranges.get(graph.nodes.at(-2)!.outputs[0]!)!,
          ];
          const inputStep = computeQuantization(input).scale;
          const outputStep = computeQuantization(output).scale;
          const largestInput = Math.max(-input.min, input.max);
          const taps = kernel.data.length / CHANNELS;
          const bounds = Array.from({ length: CHANNELS }, (_, channel) => {
            const own = [...kernel.data.subarray(channel * taps, (channel + 1) * taps)].map(Math.abs);
            const weightStep = Math.max(...own) / (2 ** (WEIGHT_BITS - 1) - 1);
            const ofInput = own.reduce((sum, weight) => sum + weight, 0) * inputStep;
            // Twice: once for the sum, once for what the bias takes back.
            const ofWeights = 2 * taps * (largestInput + inputStep) * (weightStep / 2);
            return outputStep + ofInput + ofWeights + weightStep * inputStep;
          });
          const area = numbers(exact['y']).length / 3 / CHANNELS;
          numbers(exact['y']).forEach((value, index) => {
            const channel = Math.floor(index / area) % CHANNELS;
            const error = Math.abs(numbers(bytes['y'])[index]! - value);
            expect(error).toBeLessThanOrEqual(bounds[channel]! * 1.001);
          });
        },
      ),
      RUNS,
    );
  });

  it('takes pixels as exactly as float32 takes their bytes', async () => {
    const scalings = fc.constantFrom(
      { scale: [1 / 127.5], offset: [-1] },
      { scale: [1 / 255], offset: [0] },
      { scale: [0.017, 0.0175, 0.0174], offset: [-2.118, -2.036, -1.804] },
    );
    await fc.assert(
      fc.asyncProperty(scalings, fc.boolean(), seeds, async ({ scale, offset }, padded, seed) => {
        const builder = new GraphBuilder('pixels');
        const image = builder.input('image', 'uint8', ['N', 3, 6, 6]);
        const [factor, shift] = [scale, offset].map((each) =>
          builder.constant(floats([each.length, 1, 1], each), 'channels'),
        );
        const pixels = builder.op('Cast', [image], { to: 'float32' });
        const x = builder.op('Add', [builder.op('Mul', [pixels, factor]), shift]);
        const kernel = builder.constant(normal([CHANNELS, 3, 3, 3], seed, 0.2), 'kernel');
        builder.output(
          builder.op('Conv', [x, kernel], { pads: padded ? [0, 0, 1, 1] : [0, 0, 0, 0], strides: [2, 2] }),
          'y',
        );
        const graph = builder.build();
        const random = createRandom(seed);
        const bytes = Uint8Array.from({ length: 2 * 3 * 36 }, () => random.integer(256));
        const feeds = { image: tensor('uint8', [2, 3, 6, 6], bytes) };
        const int8Model = await byteModel(graph, feeds);
        const [exact, rounded] = [
          await evaluateGraph(graph, feeds),
          await evaluateGraph(int8Model.graph, feeds),
        ];
        expect(distance(numbers(rounded['y']), numbers(exact['y']))).toBeLessThan(0.02);
      }),
      RUNS,
    );
  });
});

describe('computeQuantization', () => {
  it("has the steps of ONNX' DynamicQuantizeLinear", async () => {
    const end = fc.double({ min: -1e3, max: 1e3, noNaN: true }).map(Math.fround);
    await fc.assert(
      fc.asyncProperty(end, end, async (a, b) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)];
        // Where the zero point lies between two bytes, float32 decides in ONNX Runtime.
        const zero = (-Math.min(min, 0) * 255) / (Math.max(max, 0) - Math.min(min, 0));
        fc.pre(max - min > 1e-3 && Math.abs((zero % 1) - 0.5) > 1e-3);
        const outputs = ['uint8', 'float32', 'uint8'] as const;
        const inputs = [floats([2], [min, max])];
        const session = await createSession(
          oneNodeModel({ op: 'DynamicQuantizeLinear', opset: 18, inputs, outputs }),
        );
        const { y1, y2 } = await session.run({ x0: inputs[0]! });
        await session.dispose();
        const { scale, zeroPoint } = computeQuantization({ min, max });
        expect(scale).toBeAllClose(numbers(y1)[0]!, { atol: 0, rtol: 1e-6 });
        expect(zeroPoint).toBe(y2!.data[0]);
      }),
      RUNS,
    );
  });
});

describe('a network in int8', () => {
  it('is near to float32, and what ONNX says that it is', async () => {
    await fc.assert(
      fc.asyncProperty(nets, seeds, async (steps, seed) => {
        const graph = randomNet(steps, seed);
        const feeds = { x: netInput(seed + 7) };
        const int8Model = (await byteModel(graph, feeds)).graph;
        const exact = numbers((await evaluateGraph(graph, feeds))['y']);
        const fused = numbers((await evaluateGraph(int8Model, feeds))['y']);
        // Without its rewriting, ONNX Runtime computes every operator on numbers: the definition.
        const defined = numbers(
          (await evaluateGraph(int8Model, feeds, { threads: 1, graphOptimization: 'disabled' }))['y'],
        );
        expect(distance(fused, exact)).toBeLessThan(0.05);
        expect(distance(fused, defined)).toBeLessThan(0.01);
      }),
      RUNS,
    );
  });

  it('gives each image of a batch what it gives it alone', async () => {
    await fc.assert(
      fc.asyncProperty(nets, seeds, async (steps, seed) => {
        const x = netInput(seed, 3);
        const int8Model = (await byteModel(randomNet(steps, seed), { x })).graph;
        const together = numbers((await evaluateGraph(int8Model, { x }))['y']);
        const each = x.data.length / 3;
        for (let i = 0; i < 3; i++) {
          const own = tensor('float32', [1, ...x.shape.slice(1)], x.data.slice(i * each, (i + 1) * each));
          const alone = numbers((await evaluateGraph(int8Model, { x: own }))['y']);
          const rows = together.subarray(i * alone.length, (i + 1) * alone.length);
          expect(rows).toBeAllClose(alone, { atol: 1e-6, rtol: 1e-6 });
        }
      }),
      { numRuns: 10 },
    );
  });

  it('is in a file what it is here', async () => {
    await fc.assert(
      fc.asyncProperty(nets, seeds, async (steps, seed) => {
        const x = netInput(seed);
        const int8Model = (await byteModel(randomNet(steps, seed), { x })).graph;
        const { graph } = decodeModel(encodeModel(int8Model));
        expect({ ...graph, values: undefined }).toEqual({ ...int8Model, values: undefined });
        expect(new Map([...graph.values].sort())).toEqual(new Map([...int8Model.values].sort()));
      }),
      { numRuns: 10 },
    );
  });
});
