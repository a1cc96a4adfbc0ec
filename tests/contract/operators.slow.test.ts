/**
 * What every operator must pass: the inferred shape is what ONNX Runtime computes, the gradient agrees with central
 * differences, and a file gives it back.
 */

import { describe, expect, it, onTestFinished } from 'vitest';
import { gradients } from '../../src/core/autodiff/gradients.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Node, Shape, Value } from '../../src/core/graph/graph.ts';
import type { OpType } from '../../src/core/graph/operators.ts';
import { decodeModel } from '../../src/core/onnx/decoder.ts';
import { encodeModel } from '../../src/core/onnx/encoder.ts';
import { createSession, evaluateGraph } from '../../src/core/runtime/create-session.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { floats, type Tensor } from '../../src/core/tensor/tensor.ts';
import { CASES, type OperatorCase } from './operators-cases.ts';

/** Truncation is of the order of its square, rounding of 1e-7 divided by it. */
const EPSILON = 1e-2;
const TOLERANCE = { atol: 3e-3, rtol: 5e-3 };

interface Built {
  readonly builder: GraphBuilder;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly feeds: Record<string, Tensor>;
}

function build<K extends OpType>(op: K, test: OperatorCase<K>, symbolic: boolean): Built {
  const builder = new GraphBuilder(op);
  const feeds: Record<string, Tensor> = {};
  const inputs = test.inputs.map((input, index) => {
    if (input?.dtype !== 'float32' || test.fixed?.includes(index)) {
      return input && builder.constant(input, `x${index}`);
    }
    feeds[`x${index}`] = input;
    const shape: Shape =
      symbolic && test.batched?.includes(index) ? ['N', ...input.shape.slice(1)] : input.shape;
    return builder.input(`x${index}`, 'float32', shape);
  });
  const options = { name: 'y', outputs: test.outputs ?? 1 };
  const outputs = builder.ops<OpType>(op, inputs, (test.attributes ?? {}) as never, options);
  return { builder, inputs, outputs, feeds };
}

async function checkShapes<K extends OpType>(op: K, test: OperatorCase<K>, symbolic: boolean): Promise<void> {
  const { builder, outputs, feeds } = build(op, test, symbolic);
  for (const output of outputs) builder.output(output);
  const results = await evaluateGraph(builder.build(), feeds);
  for (const { name, dtype, shape, sizes } of outputs) {
    const result = results[name]!;
    expect(result.dtype).toBe(dtype);
    expect(fill(shape, result.shape)).toEqual(result.shape);
    const elements = Array.from<number | bigint, number>(result.data as ArrayLike<number | bigint>, Number);
    if (sizes !== undefined) expect(fill(sizes, elements)).toEqual(elements);
  }
}

function checkRoundTrip<K extends OpType>(op: K, test: OperatorCase<K>, symbolic: boolean): void {
  const { builder, outputs } = build(op, test, symbolic);
  for (const output of outputs) builder.output(output);
  const graph = builder.build();
  const { graph: decoded } = decodeModel(encodeModel(graph));
  expect(decoded).toEqual({ ...graph, nodes: graph.nodes.map(asWritten) });
}

/** ONNX' numbers are float32, and the value of a ConstantOfShape is a tensor with its element type. */
function asWritten(node: Node): Node {
  const attributes = Object.entries(node.attributes).map(([name, value]) => [
    name,
    typeof value === 'number' ? Math.fround(value) : value,
  ]);
  const dtype = node.op === 'ConstantOfShape' && attributes.length > 0 ? { dtype: 'float32' } : {};
  return { ...node, attributes: { ...dtype, ...Object.fromEntries(attributes) } };
}

/** A shape with its symbols replaced by what came out; everything else must agree. */
function fill(shape: Shape, computed: readonly number[]): Shape {
  return shape.map((size, axis) => (typeof size === 'string' ? computed[axis]! : size));
}

async function checkGradients<K extends OpType>(
  op: K,
  test: OperatorCase<K>,
  symbolic: boolean,
): Promise<void> {
  const { builder, inputs, outputs, feeds } = build(op, test, symbolic);
  const floating = [...inputs.keys()].filter((index) => feeds[`x${index}`] !== undefined);
  const wrt = test.wrt ?? floating;
  if (wrt.length === 0) return;
  const forward = build(op, test, symbolic);
  forward.builder.output(forward.outputs[0]!);
  const session = await createSession(forward.builder.build(), { threads: 1 });
  onTestFinished(() => session.dispose());
  const y = (await session.run(feeds))['y']!;

  // The loss is a random projection of the output, summed here in double precision.
  const random = createRandom(99);
  const projection = floats(
    y.shape,
    Array.from({ length: y.data.length }, () => random.uniform() - 0.5),
  );
  const weighted = builder.op('Mul', [
    outputs[0]!,
    builder.input('projection', 'float32', outputs[0]!.shape),
  ]);
  const loss = builder.op('ReduceSum', [weighted], { keepdims: 0 });
  const results = gradients(
    builder,
    loss,
    wrt.map((index) => inputs[index]!),
  );
  results.forEach((gradient, i) => {
    const { shape } = feeds[`x${wrt[i]}`]!;
    expect(fill(gradient.shape, shape)).toEqual(shape);
    builder.output(gradient, `gradient${i}`);
  });
  const computed = await evaluateGraph(builder.build(), { ...feeds, projection });

  const lossAt = async (name: string, data: Float32Array): Promise<number> => {
    const result = (await session.run({ ...feeds, [name]: { ...feeds[name]!, data } }))['y']!;
    return (result.data as Float32Array).reduce((sum, value, i) => sum + value * projection.data[i]!, 0);
  };
  for (const [i, index] of wrt.entries()) {
    const name = `x${index}`;
    const data = feeds[name]!.data as Float32Array;
    const differences: number[] = [];
    for (const at of data.keys()) {
      const [above, below] = [data.slice(), data.slice()];
      above[at]! += EPSILON;
      below[at]! -= EPSILON;
      const difference = (await lossAt(name, above)) - (await lossAt(name, below));
      differences.push(difference / (above[at]! - below[at]!));
    }
    expect(computed[`gradient${i}`]!).toBeAllClose(floats(feeds[name]!.shape, differences), TOLERANCE);
  }
}

describe.each(Object.keys(CASES) as OpType[])('%s', <K extends OpType>(op: K) => {
  describe.each(
    [...CASES[op].entries()].map(([index, test]) => [test.title ?? `case ${index + 1}`, test] as const),
  )('%s', (_, test) => {
    for (const symbolic of test.batched === undefined ? [false] : [false, true]) {
      const suffix = symbolic ? ', symbolic batch' : '';
      it(`has the inferred shape${suffix}`, () => checkShapes(op, test, symbolic));
      it(`is in a file what it is here${suffix}`, () => checkRoundTrip(op, test, symbolic));
      it(`has the gradient of central differences${suffix}`, () => checkGradients(op, test, symbolic));
    }
  });
});
