/** Operators of a file that become several in a graph: ONNX Runtime must give the same for both. */

import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../src/core/onnx/decoder.ts';
import { DECOMPOSITIONS } from '../../src/core/onnx/decompositions.ts';
import { createSession, evaluateGraph } from '../../src/core/runtime/create-session.ts';
import { floats, integers, type Tensor, tensor } from '../../src/core/tensor/tensor.ts';
import { type OneNode, oneNodeModel } from '../support/onnx-node.ts';

/** Between -4 and 4, no two alike. */
function spread(...shape: number[]): Tensor<'float32'> {
  const size = shape.reduce((a, b) => a * b, 1);
  return floats(
    shape,
    Array.from({ length: size }, (_, i) => ((i * 7) % size) * (8 / size) - 3.97),
  );
}

const bools = (...values: number[]) => tensor('bool', [values.length], Uint8Array.from(values));

const CASES: Readonly<Record<string, readonly Omit<OneNode, 'op'>[]>> = {
  HardSwish: [{ opset: 18, inputs: [spread(3, 5)] }],
  Gelu: [
    { opset: 20, inputs: [spread(3, 5)] },
    { opset: 20, inputs: [spread(3, 5)], attributes: { approximate: 'tanh' } },
  ],
  Mish: [{ opset: 18, inputs: [spread(3, 5)] }],
  Softsign: [{ opset: 18, inputs: [spread(3, 5)] }],
  Selu: [
    { opset: 18, inputs: [spread(3, 5)] },
    { opset: 18, inputs: [spread(3, 5)], attributes: { alpha: 1.5, gamma: 1.25 } },
  ],
  PRelu: [{ opset: 18, inputs: [spread(2, 3, 2, 2), spread(3, 1, 1)], constants: [1] }],
  Dropout: [
    { opset: 18, inputs: [spread(3)] },
    { opset: 7, inputs: [spread(3)], attributes: { ratio: 0.25 } },
  ],
  Sum: [
    { opset: 13, inputs: [spread(2, 3)] },
    { opset: 13, inputs: [spread(2, 3), spread(3), spread(2, 1)] },
  ],
  Or: [{ opset: 18, inputs: [bools(0, 0, 1, 1), bools(0, 1, 0, 1)], constants: [0, 1], outputs: ['bool'] }],
  Mod: [
    { opset: 18, inputs: [integers([7, 48, 5]), integers([3, 4, 5])], constants: [0, 1], outputs: ['int64'] },
  ],
  Split: [
    {
      opset: 18,
      inputs: [spread(2, 6)],
      attributes: { axis: 1, num_outputs: 2 },
      outputs: ['float32', 'float32'],
    },
    { opset: 18, inputs: [spread(5, 2)], attributes: { num_outputs: 2 }, outputs: ['float32', 'float32'] },
    {
      opset: 13,
      inputs: [spread(2, 6), integers([1, 5])],
      constants: [1],
      attributes: { axis: -1 },
      outputs: ['float32', 'float32'],
    },
    {
      opset: 11,
      inputs: [spread(2, 6)],
      attributes: { axis: 1, split: [4, 2] },
      outputs: ['float32', 'float32'],
    },
  ],
  LayerNormalization: [
    { opset: 17, inputs: [spread(2, 3, 4), spread(4), spread(4)] },
    { opset: 17, inputs: [spread(2, 3, 4), spread(4)], attributes: { epsilon: 0.01 } },
    { opset: 17, inputs: [spread(2, 3, 4), spread(3, 4), spread(3, 4)], attributes: { axis: 1 } },
  ],
  InstanceNormalization: [{ opset: 18, inputs: [spread(2, 3, 4, 2), spread(3), spread(3)] }],
  ReduceMin: [
    { opset: 18, inputs: [spread(2, 3, 4), integers([1])], constants: [1], attributes: { keepdims: 0 } },
    { opset: 13, inputs: [spread(2, 3, 4)], attributes: { axes: [-1] } },
  ],
  ReduceSumSquare: [{ opset: 18, inputs: [spread(2, 3), integers([1])], constants: [1] }],
  ReduceL2: [{ opset: 13, inputs: [spread(2, 3)], attributes: { axes: [1], keepdims: 0 } }],
  Einsum: [
    {
      opset: 12,
      inputs: [spread(2, 3, 4, 5), spread(2, 3, 6, 5)],
      attributes: { equation: 'b h i d, b h j d -> b h i j' },
    },
    { opset: 12, inputs: [spread(2, 3, 4), spread(2, 4, 5)], attributes: { equation: 'bij,bjk->bki' } },
    { opset: 12, inputs: [spread(2, 3), spread(2, 3)], attributes: { equation: 'ni,ni->n' } },
    { opset: 12, inputs: [spread(3), spread(4)], attributes: { equation: 'i,j->ij' } },
  ],
  GatherND: [
    { opset: 13, inputs: [spread(4, 3), integers([2, 0, -1], [3, 1])], constants: [1] },
    { opset: 13, inputs: [spread(4), integers([2, 0, 1, 3], [2, 2, 1])], constants: [1] },
    { opset: 13, inputs: [spread(4, 3, 2), integers([2, 0, -1, 2], [2, 2])] },
    { opset: 13, inputs: [spread(4, 3), integers([2, 0, 3, -1, 1, 1], [3, 1, 2])] },
  ],
  CumSum: [
    { opset: 14, inputs: [spread(2, 5), integers([1], [])], constants: [1] },
    {
      opset: 14,
      inputs: [integers([1, 0, 1, 1], [1, 4]), integers([-1], [])],
      constants: [1],
      outputs: ['int64'],
    },
    { opset: 14, inputs: [spread(4), integers([0], [])], constants: [1], attributes: { exclusive: 1 } },
    { opset: 14, inputs: [spread(2, 4), integers([1], [])], constants: [1], attributes: { reverse: 1 } },
  ],
  IsNaN: [
    { opset: 13, inputs: [floats([4], [1, Number.NaN, 0, Number.POSITIVE_INFINITY])], outputs: ['bool'] },
  ],
  Tile: [
    { opset: 13, inputs: [spread(2, 3), integers([1, 1])], constants: [1] },
    { opset: 13, inputs: [spread(2, 3), integers([2, 3])], constants: [1] },
    { opset: 13, inputs: [spread(2, 1, 3), integers([2, 3, 1])] },
  ],
  Ceil: [
    { opset: 13, inputs: [spread(9)] },
    { opset: 13, inputs: [floats([5], [-2, 3, 1e9, Number.POSITIVE_INFINITY, 8388607.5])] },
  ],
  Floor: [
    { opset: 13, inputs: [spread(9)] },
    { opset: 13, inputs: [floats([5], [-2, 3, -1e9, Number.NEGATIVE_INFINITY, -8388607.5])] },
  ],
  LpNormalization: [{ opset: 18, inputs: [spread(2, 3)], attributes: { axis: 1 } }],
};

/** Operators of a graph, as older opsets have them. */
const OLDER: readonly OneNode[] = [
  { op: 'Clip', opset: 7, inputs: [spread(9)], attributes: { min: -1.5, max: { float: 2 } } },
  { op: 'Clip', opset: 7, inputs: [spread(9)], attributes: { max: { float: 2 } } },
  { op: 'Pad', opset: 7, inputs: [spread(2, 2)], attributes: { pads: [0, 1, 1, 0], value: 0.5 } },
  { op: 'Slice', opset: 7, inputs: [spread(4, 4)], attributes: { starts: [1], ends: [3], axes: [1] } },
  { op: 'Squeeze', opset: 11, inputs: [spread(1, 3, 1)], attributes: { axes: [0] } },
  { op: 'Unsqueeze', opset: 11, inputs: [spread(3)], attributes: { axes: [0, 2] } },
  { op: 'ReduceSum', opset: 11, inputs: [spread(2, 3)], attributes: { axes: [1], keepdims: 0 } },
  { op: 'Softmax', opset: 11, inputs: [spread(2, 3)] },
];

async function agrees(node: OneNode): Promise<void> {
  const bytes = oneNodeModel(node);
  const feeds: Record<string, Tensor> = {};
  node.inputs.forEach((input, index) => {
    if (input !== undefined && !node.constants?.includes(index)) feeds[`x${index}`] = input;
  });
  const session = await createSession(bytes, { threads: 1 });
  const wanted = await session.run(feeds).finally(() => session.dispose());
  const { graph } = decodeModel(bytes);
  const given = await evaluateGraph(graph, feeds);
  for (const [index, { name, shape }] of graph.outputs.entries()) {
    expect(name).toBe(`y${index}`);
    // A size that only the run tells is a name.
    expect(shape.map((size, axis) => (typeof size === 'string' ? wanted[name]!.shape[axis] : size))).toEqual(
      wanted[name]!.shape,
    );
    expect(given[name]!).toBeAllClose(wanted[name]!, { atol: 2e-6, rtol: 2e-6 });
  }
}

describe('operators that are decomposed', () => {
  // Opset 24, which ONNX Runtime here does not know yet: x * sigmoid(x), as Sigmoid and Mul.
  const withoutReference = ['Swish'];

  it('are all here', () => {
    expect([...Object.keys(CASES), ...withoutReference].sort()).toEqual(Object.keys(DECOMPOSITIONS).sort());
  });

  it.each(
    Object.entries(CASES).flatMap(([op, cases]) =>
      cases.map((each, i) => [`${op} ${i + 1}`, { op, ...each }] as const),
    ),
  )('%s', (_, node) => agrees(node));
});

describe('an operator that its decomposition does not cover', () => {
  it.each([
    [
      {
        op: 'LayerNormalization',
        opset: 17,
        inputs: [spread(2, 3), spread(3)],
        attributes: { axis: -(2 ** 40) },
      },
      'LayerNormalization "node": expected an axis in [-2, 2), received -1099511627776. ',
    ],
    [
      { op: 'LpNormalization', opset: 18, inputs: [spread(2, 3)], attributes: { p: 1 } },
      'LpNormalization "node": expected p = 2, received p = 1. ',
    ],
    [
      {
        op: 'Einsum',
        opset: 12,
        inputs: [spread(2, 2, 3), spread(2, 2, 3)],
        attributes: { equation: 'aij,aij->a' },
      },
      'Einsum "node": expected an Einsum that is one product of matrices, received "aij,aij->a". ',
    ],
    [
      { op: 'Tile', opset: 13, inputs: [spread(2), integers([5000])], constants: [1] },
      'Tile "node": expected a Tile with 1 to 1024 copies along every axis, received another number. ',
    ],
    [
      { op: 'Softmax', opset: 11, inputs: [spread(2, 3, 4)] },
      'Softmax "node": expected a softmax along the last axis, received axis 1. ',
    ],
  ])('is refused: $0.op', (node, message) => {
    expect(() => decodeModel(oneNodeModel(node))).toThrow(message);
  });
});

describe('operators of older opsets', () => {
  it.each(OLDER.map((node, i) => [`${node.op} of opset ${node.opset}, ${i + 1}`, node] as const))(
    '%s',
    (_, node) => agrees(node),
  );
});
