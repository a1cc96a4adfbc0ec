import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../../tests/support/saying.ts';
import { floats, type Tensor } from '../../tensor/tensor.ts';
import { GraphBuilder } from '../builder.ts';
import type { Graph, Node, Value } from '../graph.ts';
import { simplify } from '../passes/simplify.ts';
import { calibrationGraph } from './calibration-graph.ts';
import type { ValueRange } from './quantization.ts';
import { type QuantizeOptions, quantizeGraph } from './quantize-graph.ts';

// What comes out of such graphs is tested on ONNX Runtime in tests/property/int8.slow.test.ts.

function built(build: (builder: GraphBuilder, x: Value) => void): Graph {
  const builder = new GraphBuilder('net');
  build(builder, builder.input('x', 'float32', ['N', 2, 4, 4]));
  return simplify(builder.build());
}

function conv(builder: GraphBuilder, x: Value, name: string): Value {
  const kernel = builder.constant(floats([2, 2, 1, 1], [1.2, -2, 0.5, 0.2]), `${name}/kernel`);
  return builder.op('Conv', [x, kernel], {}, { name });
}

/** With the same range everywhere. */
function quantized(graph: Graph, options: QuantizeOptions = {}): Graph {
  const { observed } = calibrationGraph(graph);
  return quantizeGraph(graph, new Map(observed.map(({ value }) => [value, { min: -1, max: 4 }])), options);
}

/** `y = Relu(a)` for every node, without what quantization put there. */
const shape = (graph: Graph) =>
  graph.nodes.map(({ op, inputs, outputs }) => `${outputs.join(' ')} = ${op}(${inputs[0]})`);
const ops = (graph: Graph) => graph.nodes.map(({ op }) => op);
const named = (graph: Graph, name: string): Node => graph.nodes.find((node) => node.name === name)!;

describe('quantizeGraph', () => {
  it('puts convolutions between bytes, and lets bytes end where a ReLU cuts', () => {
    const graph = built((builder, x) => {
      const six = [builder.scalar(0), builder.scalar(6)];
      const first = builder.op('Relu', [conv(builder, x, 'a')], {}, { name: 'a/relu' });
      const second = builder.op('Clip', [conv(builder, first, 'b'), ...six], {}, { name: 'b/relu' });
      builder.output(second, 'y');
    });
    const result = quantized(graph);
    expect(shape(result)).toEqual([
      'x/bytes = QuantizeLinear(x)',
      'x_1 = DequantizeLinear(x/bytes)',
      'a/kernel = DequantizeLinear(a/kernel/integers)',
      'a/kernel/bias = DequantizeLinear(a/kernel/bias/integers)',
      'a/relu/float = Conv(x_1)',
      'a/relu/bytes = QuantizeLinear(a/relu/float)',
      'a/relu = DequantizeLinear(a/relu/bytes)',
      'b/kernel = DequantizeLinear(b/kernel/integers)',
      'b/kernel/bias = DequantizeLinear(b/kernel/bias/integers)',
      'y/float = Conv(a/relu)',
      'y/bytes = QuantizeLinear(y/float)',
      'y = DequantizeLinear(y/bytes)',
    ]);
    expect([result.inputs, result.outputs]).toEqual([graph.inputs, graph.outputs]);
  });

  it('lets bytes end where a ReLU cuts after an average, too', () => {
    const graph = built((builder, x) => {
      const mean = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
      const averaged = builder.op('AveragePool', [conv(builder, x, 'a')], mean);
      builder.output(conv(builder, builder.op('Relu', [averaged]), 'b'), 'y');
    });
    expect(ops(quantized(graph))).not.toContain('Relu');
  });

  it('gives every output channel steps of its own', () => {
    const result = quantized(built((builder, x) => builder.output(conv(builder, x, 'a'), 'y')));
    const constant = (name: string) => result.constants.get(name)!;
    expect([...constant('a/kernel/integers').data]).toEqual([38, -63, 63, 25]);
    expect(constant('a/kernel/scale') as Tensor<'float32'>).toBeAllClose([2 / 63, 0.5 / 63], {
      atol: 0,
      rtol: 1e-6,
    });
    // Inputs in [-1, 4]: steps of 5 / 255.
    const steps = [(2 / 63) * (5 / 255), (0.5 / 63) * (5 / 255)];
    expect(constant('a/kernel/bias/scale') as Tensor<'float32'>).toBeAllClose(steps, { atol: 0, rtol: 1e-6 });
    const eight = quantized(
      built((builder, x) => builder.output(conv(builder, x, 'a'), 'y')),
      { weightBits: 8 },
    );
    expect([...eight.constants.get('a/kernel/integers')!.data]).toEqual([76, -127, 127, 51]);
  });

  it('takes what rounded weights add on average back from the bias', () => {
    const graph = built((builder, x) => builder.output(conv(builder, x, 'a'), 'y'));
    const range = { min: -1, max: 4 };
    const means = Float64Array.of(3, 1);
    const ranges = new Map<string, ValueRange>([
      ['x', { ...range, means }],
      ['y', range],
    ]);
    const { constants } = quantizeGraph(graph, ranges);
    const bias = constants.get('a/kernel/bias/integers')!.data as Int32Array;
    const scale = constants.get('a/kernel/bias/scale')!.data as Float32Array;
    // 38 * 2 / 63 is 0.00635 above 1.2, times a mean of 3; 25 * 0.5 / 63 is 0.00159 below 0.2, times 1.
    expect([bias[0]! * scale[0]!, bias[1]! * scale[1]!]).toBeAllClose([-0.01905, 0.00159], {
      atol: scale[0]! / 2,
      rtol: 0,
    });
  });

  it('joins bytes between convolutions, but not before an output', () => {
    const graph = built((builder, x) => {
      const [a, b] = [conv(builder, x, 'a'), conv(builder, x, 'b')];
      const inner = builder.op('Add', [a, b], {}, { name: 'inner' });
      const last = builder.op('Add', [conv(builder, inner, 'c'), inner], {}, { name: 'last' });
      builder.output(builder.op('Relu', [last]), 'y');
    });
    const result = quantized(graph);
    expect(shape(result)).toContain('inner/bytes = QuantizeLinear(inner/float)');
    expect(ops(result).slice(-3)).toEqual(['DequantizeLinear', 'Add', 'Relu']);
    expect(result.values.has('last/bytes')).toBe(false);
  });

  it('moves bytes with the same steps, and leaves what it does not know in numbers', () => {
    const graph = built((builder, x) => {
      const pool = builder.op('MaxPool', [conv(builder, x, 'a')], { kernel_shape: [2, 2] }, { name: 'pool' });
      const tanh = builder.op('Tanh', [pool], {}, { name: 'tanh' });
      builder.output(builder.op('Add', [conv(builder, pool, 'b'), tanh]), 'y');
    });
    const { observed } = calibrationGraph(graph);
    const ranges = new Map(observed.map(({ value }, index) => [value, { min: -1, max: 4 + index }]));
    const result = quantizeGraph(graph, ranges);
    expect(named(result, 'pool/bytes').inputs.slice(1)).toEqual(named(result, 'a/bytes').inputs.slice(1));
    expect(shape(result)).toContain('tanh = Tanh(pool)');
    expect(shape(result)).not.toContain('tanh/bytes = QuantizeLinear(tanh)');
  });

  it('makes pads of a Pad of zeros', () => {
    const graph = built((builder, x) => {
      const padded = builder.op('Pad', [x, builder.integers([0, 0, 1, 2, 0, 0, 3, 4])]);
      builder.output(conv(builder, padded, 'a'), 'y');
    });
    const result = quantized(graph);
    expect(ops(result)).not.toContain('Pad');
    expect(result.nodes.find(({ op }) => op === 'Conv')!.attributes).toEqual({ pads: [1, 2, 3, 4] });
  });

  it('works on pixels as they are', () => {
    const builder = new GraphBuilder('pixels');
    const bytes = builder.input('image', 'uint8', ['N', 2, 4, 4]);
    const pixels = builder.op('Cast', [bytes], { to: 'float32' });
    const scaled = builder.op('Mul', [pixels, builder.scalar(2 / 255)]);
    const x = builder.op('Add', [scaled, builder.scalar((-128 * 2) / 255)]);
    builder.output(conv(builder, x, 'a'), 'y');
    const result = quantized(builder.build());
    expect(ops(result).filter((op) => !op.endsWith('Linear'))).toEqual(['Conv']);
    expect(named(result, 'Add/pixels').inputs[0]).toBe('image');
    const [, scale, zero] = named(result, 'Add/pixels').inputs.map(
      (name) => result.constants.get(name)?.data,
    );
    expect([scale, zero]).toEqual([Float32Array.of(1), Uint8Array.of(128)]);
  });

  it('tells whose range is missing, or is none', () => {
    const graph = built((builder, x) => builder.output(conv(builder, x, 'a'), 'y'));
    const advice = 'Calibrate the same graph on images.';
    expect(() => quantizeGraph(graph, new Map())).toThrow(
      withMessage(`graph "net": expected the range of value "x", received none. ${advice}`),
    );
    expect(() => quantizeGraph(graph, new Map([['x', { min: 0, max: Number.NaN }]]))).toThrow(
      withMessage(`graph "net": expected the range of value "x", received [0, NaN]. ${advice}`),
    );
  });

  it('is not undone by simplification, and changes nothing of its source', () => {
    const graph = built((builder, x) => {
      const relu = builder.op('Relu', [conv(builder, x, 'a')]);
      builder.output(conv(builder, relu, 'b'), 'y');
    });
    const before = JSON.stringify(graph.nodes);
    const result = quantized(graph);
    expect(simplify(result).nodes).toEqual(result.nodes);
    expect(JSON.stringify(graph.nodes)).toBe(before);
  });
});
