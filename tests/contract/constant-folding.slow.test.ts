/** Operators on constants that are computed while a file is read: ONNX Runtime must give the same. */

import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../src/core/onnx/decoder.ts';
import { ConstantFolder } from '../../src/core/onnx/folding/constant-folder.ts';
import { CannotFold } from '../../src/core/onnx/folding/workspace.ts';
import { createSession } from '../../src/core/runtime/create-session.ts';
import { FileBudget } from '../../src/core/tensor/file-budget.ts';
import { floats, integers, scalar, type Tensor, tensor } from '../../src/core/tensor/tensor.ts';
import { type OneNode, oneNodeModel } from '../support/onnx-node.ts';
import { withMessage } from '../support/saying.ts';

const bools = (...values: number[]) => tensor('bool', [values.length], Uint8Array.from(values));
const MIXED = floats([2, 3], [-2.5, -1, -0.5, 0.5, 1.5, 3]);
const COUNTED = floats(
  [2, 3, 4],
  Array.from({ length: 24 }, (_, i) => i - 7),
);
const one = (value: number) => integers([value], []);

type Case = Omit<OneNode, 'opset'>;

const unary = (op: string, x: Tensor = MIXED): Case => ({ op, inputs: [x], outputs: [x.dtype] });
const binary = (op: string, result?: 'bool'): Case[] => [
  { op, inputs: [MIXED, floats([3], [1.5, -1, 2])], outputs: [result ?? 'float32'] },
  { op, inputs: [integers([7, -7, 5]), integers([2])], outputs: [result ?? 'int64'] },
];

const CASES: readonly Case[] = [
  ...['Neg', 'Abs', 'Sign', 'Exp', 'Sin', 'Cos', 'Ceil', 'Floor', 'Round', 'Relu'].map((op) => unary(op)),
  unary('Sqrt', floats([2], [4, 2])),
  unary('Log', floats([2], [4, 2])),
  unary('Reciprocal', floats([2], [4, 3])),
  unary('Not', bools(0, 1)),
  ...['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'].flatMap((op) => binary(op)),
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'].flatMap((op) => binary(op, 'bool')),
  ...['And', 'Or', 'Xor'].map(
    (op): Case => ({ op, inputs: [bools(0, 0, 1, 1), bools(0, 1, 0, 1)], outputs: ['bool'] }),
  ),
  { op: 'Mod', inputs: [integers([7, -7, 7, -7]), integers([3, 3, -3, -3])], outputs: ['int64'] },
  { op: 'Mod', inputs: [MIXED, scalar(2)], attributes: { fmod: 1 } },
  { op: 'Pow', inputs: [floats([2], [2, 9]), floats([], [0.5])] },
  { op: 'Clip', inputs: [MIXED, scalar(-1), scalar(1)] },
  { op: 'Cast', inputs: [MIXED], attributes: { to: 7 }, outputs: ['int64'] },
  { op: 'Cast', inputs: [integers([0, 3])], attributes: { to: 9 }, outputs: ['bool'] },
  { op: 'ReduceSum', inputs: [COUNTED, integers([1])], attributes: { keepdims: 0 } },
  { op: 'ReduceMean', inputs: [COUNTED, integers([-1, 0])] },
  { op: 'ReduceMax', inputs: [COUNTED] },
  { op: 'ReduceMin', inputs: [COUNTED, integers([2])] },
  { op: 'ReduceProd', inputs: [integers([2, 3, 4])], attributes: { keepdims: 0 }, outputs: ['int64'] },
  { op: 'CumSum', inputs: [COUNTED, one(1)] },
  { op: 'CumSum', inputs: [COUNTED, one(-1)], attributes: { exclusive: 1, reverse: 1 } },
  {
    op: 'BatchNormalization',
    inputs: [
      floats([2, 2, 2], [1, 2, 3, 5, -1, 0, 8, 1]),
      ...[3, -1, 0, 1].map((at) => floats([2], [at, 2])),
    ],
    attributes: { training_mode: 1 },
    outputs: ['float32', 'float32', 'float32'],
  },
  { op: 'Identity', inputs: [MIXED] },
  { op: 'Reshape', inputs: [COUNTED, integers([0, -1, 2])] },
  { op: 'Flatten', inputs: [COUNTED], attributes: { axis: 2 } },
  { op: 'Squeeze', inputs: [floats([1, 2, 1], [3, 4]), integers([-1])] },
  { op: 'Squeeze', inputs: [floats([1, 2, 1], [3, 4])] },
  { op: 'Unsqueeze', inputs: [MIXED, integers([0, -1])] },
  { op: 'Transpose', inputs: [COUNTED], attributes: { perm: [2, 0, 1] } },
  { op: 'Transpose', inputs: [COUNTED] },
  { op: 'Expand', inputs: [floats([3, 1], [1, 2, 3]), integers([2, 1, 4])] },
  { op: 'Tile', inputs: [MIXED, integers([2, 3])] },
  {
    op: 'Slice',
    inputs: [COUNTED, integers([-1, 0]), integers([-100, 9]), integers([2, 1]), integers([-2, 2])],
  },
  { op: 'Concat', inputs: [COUNTED, floats([2, 1, 4], [9, 9, 9, 9, 8, 8, 8, 8])], attributes: { axis: 1 } },
  { op: 'Gather', inputs: [COUNTED, integers([2, -3], [1, 2])], attributes: { axis: 1 } },
  { op: 'GatherND', inputs: [COUNTED, integers([1, 2, 0, 0], [2, 2])] },
  { op: 'Pad', inputs: [MIXED, integers([0, 1, 1, 2]), scalar(7)] },
  { op: 'Where', inputs: [bools(1, 0, 1), MIXED, scalar(9)] },
  { op: 'Shape', inputs: [COUNTED], attributes: { start: 1 }, outputs: ['int64'] },
  { op: 'Size', inputs: [COUNTED], outputs: ['int64'] },
  { op: 'Range', inputs: [scalar(1), scalar(2), scalar(0.25)] },
  { op: 'Range', inputs: [one(5), one(0), one(-2)], outputs: ['int64'] },
  { op: 'NonZero', inputs: [floats([2, 2], [0, 1, 1, 0])], outputs: ['int64'] },
  { op: 'Trilu', inputs: [COUNTED, one(1)], attributes: { upper: 1 } },
  { op: 'Trilu', inputs: [COUNTED, one(-1)], attributes: { upper: 0 } },
  {
    op: 'ScatterND',
    inputs: [COUNTED, integers([1, 2, 0, 1], [2, 2]), floats([2, 4], [1, 2, 3, 4, 5, 6, 7, 8])],
  },
  { op: 'Einsum', inputs: [MIXED, MIXED, floats([3], [1, 2, 3])], attributes: { equation: 'ij,kj,j->ki' } },
];

function attributesOf({ attributes = {} }: Case): Record<string, unknown> {
  // As a file's attributes are read: the type of a Cast by its name.
  const types: Readonly<Record<number, string>> = { 7: 'int64', 9: 'bool' };
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, name === 'to' ? types[Number(value)] : value]),
  );
}

/** What it leaves is what any file may take. */
const NO_FILE = new FileBudget(0, { where: 'test' });

describe('an operator on constants', () => {
  it.each(CASES.map((each, index) => [`${each.op} ${index}`, each] as const))('%s', async (_, each) => {
    const feeds = Object.fromEntries(each.inputs.map((input, index) => [`x${index}`, input!]));
    const session = await createSession(oneNodeModel({ ...each, opset: 18 }), { threads: 1 });
    const wanted = (await session.run(feeds).finally(() => session.dispose()))['y0']!;
    const known = { values: new Map(), constants: new Map(Object.entries(feeds)) };
    const given = new ConstantFolder(known, NO_FILE).evaluate({
      op: each.op,
      inputs: Object.keys(feeds),
      attributes: attributesOf(each),
    });
    if (given instanceof CannotFold) throw given;
    expect([given.dtype, given.shape]).toEqual([wanted.dtype, wanted.shape]);
    expect(Float64Array.from(given.data, Number)).toBeAllClose(Float64Array.from(wanted.data, Number), {
      atol: 0,
      rtol: 3e-7,
    });
  });
});

describe('constants that a file leaves to be computed', () => {
  it('are refused before they take more than the file accounts for', () => {
    const node: OneNode = {
      op: 'Tile',
      opset: 13,
      inputs: [floats([1000], new Float32Array(1000)), integers([2 ** 34])],
      constants: [0, 1],
    };
    expect(() => decodeModel(oneNodeModel(node))).toThrow(
      withMessage(
        'Tile "node": expected constants that are computed to take at most 33.7 MB, received more. ' +
          'Export the model with its constants folded, or cut it before this node.',
      ),
    );
  });

  it.each([
    { op: 'ConstantOfShape', inputs: [integers([-1, -1])] },
    { op: 'Range', inputs: [scalar(0), scalar(Number.NaN), scalar(1)] },
    { op: 'Range', inputs: [scalar(0), scalar(1e38), scalar(1e-38)] },
    { op: 'Expand', inputs: [scalar(0), integers([2 ** 40, 2 ** 40])] },
    { op: 'Reshape', inputs: [floats([6], new Float32Array(6)), integers([4, -1])] },
    { op: 'Gather', inputs: [floats([2], [1, 2]), integers([2])] },
    { op: 'Div', inputs: [integers([1]), integers([0])] },
    { op: 'Cast', inputs: [scalar(Number.NaN)], attributes: { to: 7 } },
    { op: 'Concat', inputs: [scalar(1), scalar(2)], attributes: { axis: 0 } },
    { op: 'ScatterND', inputs: [MIXED, integers([0, 0, 0, 0], [1, 4]), scalar(1)] },
    { op: 'Einsum', inputs: [MIXED], attributes: { equation: 'ijk->i' } },
  ] satisfies Case[])('are left alone where they are nonsense: $op', (each: Case) => {
    const constants = new Map(each.inputs.map((input, index) => [`x${index}`, input!]));
    const folder = new ConstantFolder({ values: new Map(), constants }, NO_FILE);
    const given = folder.evaluate({
      op: each.op,
      inputs: [...constants.keys()],
      attributes: attributesOf(each),
    });
    expect(given).toBeInstanceOf(CannotFold);
  });

  it('may be as many, one after the other, as a file holds', () => {
    const constants = new Map<string, Tensor>([['x', floats([], [1])]]);
    const folder = new ConstantFolder({ values: new Map(), constants }, NO_FILE);
    const length = 100_000;
    for (let i = 0; i < length; i++) {
      const node = {
        name: `n${i}`,
        op: 'Neg',
        inputs: [i === 0 ? 'x' : `y${i - 1}`],
        outputs: [`y${i}`],
      } as const;
      folder.add({ ...node, attributes: {} });
    }
    expect(folder.fold(`y${length - 1}`)?.data).toEqual(Float32Array.of(1));
  });
});
