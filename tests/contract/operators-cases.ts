/** @file For every operator, inputs and attributes that the contract test runs it on. */

import type { OpAttributes, OpType } from '../../src/core/graph/operators.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { computeSize, floats, integers, scalar, type Tensor, tensor } from '../../src/core/tensor/tensor.ts';

export interface Case<A> {
  readonly title?: string;
  /** In ONNX' order. Floating-point ones are fed; the others are constants of the graph. */
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes?: A;
  readonly outputs?: number;
  /** Floating-point inputs that are constants all the same. */
  readonly fixed?: readonly number[];
  /** Inputs whose gradient is checked. Default: all that are floating point; none for an empty list. */
  readonly wrt?: readonly number[];
  /** Inputs (fed) whose axis 0 is also tried as a symbolic `N`. */
  readonly batched?: readonly number[];
}

export type OperatorCase<K extends OpType> = Case<OpAttributes[K]>;
/** For operators without attributes. */
type Plain = Case<Record<never, never>>;

let seed = 1;

/** Away from 0 by at least 0.2, at most 1 in size. */
function signed(...shape: number[]): Tensor<'float32'> {
  const random = createRandom(seed++);
  const one = () => (0.2 + 0.8 * random.uniform()) * (random.uniform() < 0.5 ? -1 : 1);
  return floats(shape, Array.from({ length: computeSize(shape) }, one));
}

/** In [0.5, 1.5). */
function positive(...shape: number[]): Tensor<'float32'> {
  const random = createRandom(seed++);
  return floats(
    shape,
    Array.from({ length: computeSize(shape) }, () => 0.5 + random.uniform()),
  );
}

/** All different, at least 0.07 apart: no maximum changes hands within a finite difference. */
function distinct(...shape: number[]): Tensor<'float32'> {
  const order = createRandom(seed++).shuffle([...Array(computeSize(shape)).keys()]);
  return floats(
    shape,
    order.map((place) => 0.07 * (place + 0.5 - order.length / 2)),
  );
}

const bools = (...values: number[]) => tensor('bool', [values.length], Uint8Array.from(values));
const bytes = (value: number) => tensor('uint8', [], Uint8Array.of(value));
const image = () => signed(2, 3, 6, 7);

const broadcasts = (): Plain[] => [
  { title: 'same shape', inputs: [signed(2, 3), signed(2, 3)], batched: [0, 1] },
  { title: 'a scalar', inputs: [signed(2, 3), signed()], batched: [0] },
  { title: 'both ways', inputs: [signed(2, 1, 3), signed(4, 1)], batched: [0] },
];
const extremes = (): Plain[] => [
  { title: 'two', inputs: [distinct(2, 3), floats([3], [0, -0.07, 0.07])] },
  { title: 'three', inputs: [distinct(4), floats([1], [0.01]), floats([4], [0.2, -0.02, -0.07, -0.2])] },
];
const comparisons = (): Plain[] => [{ inputs: [floats([3], [1, 2, 3]), floats([2, 1], [2, 3])], wrt: [] }];
const unary = (input: () => Tensor): Plain[] => [{ inputs: [input()], batched: [0] }];
const softmaxes = (): Case<{ axis?: number }>[] => [
  { inputs: [signed(2, 3)], batched: [0] },
  { title: 'middle axis', inputs: [signed(2, 3, 4)], attributes: { axis: 1 } },
];
const reductions = (input: typeof signed): Case<{ keepdims?: 0 | 1 }>[] => [
  { title: 'everything', inputs: [input(2, 3)], attributes: { keepdims: 0 }, batched: [0] },
  { title: 'the batch', inputs: [input(4, 3), integers([0])], attributes: { keepdims: 0 }, batched: [0] },
  { title: 'kept axes', inputs: [input(2, 3, 4), integers([-1, 1])], batched: [0] },
];

export const CASES: { readonly [K in OpType]: readonly OperatorCase<K>[] } = {
  Add: broadcasts(),
  Sub: broadcasts(),
  Mul: broadcasts(),
  Div: broadcasts(),
  Pow: [
    { title: 'by 3', inputs: [signed(2, 3), scalar(3)], wrt: [0] },
    { title: 'both', inputs: [positive(2, 3), signed(3)] },
  ],
  Max: extremes(),
  Min: extremes(),
  Neg: unary(() => signed(2, 3)),
  Abs: unary(() => signed(2, 3)),
  Sign: unary(() => signed(2, 3)),
  Sqrt: unary(() => positive(2, 3)),
  Reciprocal: unary(() => positive(2, 3)),
  Exp: unary(() => signed(2, 3)),
  Log: unary(() => positive(2, 3)),
  Erf: unary(() => signed(2, 3)),
  Sin: unary(() => signed(2, 3)),
  Cos: unary(() => signed(2, 3)),
  Relu: unary(() => signed(2, 3)),
  LeakyRelu: [{ inputs: [signed(2, 3)] }, { inputs: [signed(2, 3)], attributes: { alpha: 0.3 } }],
  Elu: [{ inputs: [signed(2, 3)] }, { inputs: [signed(2, 3)], attributes: { alpha: 0.5 } }],
  Sigmoid: unary(() => signed(2, 3)),
  HardSigmoid: [
    { inputs: [floats([4], [-4, -1, 1, 4])] },
    { inputs: [floats([4], [-4, -1, 1, 4])], attributes: { alpha: 1 / 6, beta: 0.4 } },
  ],
  Tanh: unary(() => signed(2, 3)),
  Softplus: unary(() => signed(2, 3)),
  Clip: [
    { title: 'both', inputs: [floats([5], [-2, -0.4, 0, 0.4, 2]), scalar(-0.5), scalar(0.5)], wrt: [0] },
    { title: 'above alone', inputs: [floats([3], [-2, 0, 2]), undefined, scalar(0.5)], wrt: [0] },
    { title: 'neither', inputs: [signed(3)] },
  ],
  Identity: unary(() => signed(2, 3)),
  Cast: [
    { title: 'to integers', inputs: [signed(2, 3)], attributes: { to: 'int64' }, wrt: [] },
    { title: 'to float', inputs: [signed(2, 3)], attributes: { to: 'float32' }, batched: [0] },
  ],
  Equal: comparisons(),
  Greater: comparisons(),
  GreaterOrEqual: comparisons(),
  Less: comparisons(),
  LessOrEqual: comparisons(),
  Not: [{ inputs: [bools(1, 0)] }],
  And: [{ inputs: [bools(1, 0), bools(1, 1)] }],
  Where: [
    { inputs: [bools(1, 0, 1), signed(2, 3), signed(1, 3)] },
    { inputs: [bools(1, 0), signed(), signed(2)] },
  ],
  Softmax: softmaxes(),
  LogSoftmax: softmaxes(),
  ReduceSum: reductions(signed),
  ReduceMean: reductions(signed),
  ReduceMax: reductions(distinct),
  ArgMax: [
    { inputs: [distinct(2, 3)], attributes: { axis: 1 }, wrt: [] },
    { inputs: [distinct(2, 3)], attributes: { axis: -1, keepdims: 0 }, wrt: [], batched: [0] },
  ],
  TopK: [
    { inputs: [distinct(2, 5), integers([3])], attributes: { axis: 1 }, wrt: [], batched: [0], outputs: 2 },
    { inputs: [distinct(4, 3), integers([2])], attributes: { axis: 0, largest: 0 }, wrt: [], outputs: 2 },
  ],
  MatMul: [
    { title: 'matrices', inputs: [signed(2, 3), signed(3, 4)], batched: [0] },
    { title: 'batch by matrix', inputs: [signed(2, 3, 4), signed(4, 5)], batched: [0] },
    { title: 'broadcast batches', inputs: [signed(2, 1, 3, 2), signed(3, 2, 4)], batched: [0] },
    { title: 'matrix by batch', inputs: [signed(3, 4), signed(2, 4, 2)] },
    { title: 'matrix by vector', inputs: [signed(2, 3), signed(3)], batched: [0] },
    { title: 'vector by matrix', inputs: [signed(3), signed(3, 2)] },
    { title: 'vector by batch', inputs: [signed(3), signed(2, 3, 4)] },
    { title: 'vectors', inputs: [signed(3), signed(3)] },
  ],
  Gemm: [
    { title: 'plain', inputs: [signed(2, 3), signed(3, 4), signed(4)], batched: [0] },
    { title: 'no C', inputs: [signed(2, 3), signed(3, 4)], batched: [0] },
    {
      title: 'A transposed, scaled',
      inputs: [signed(3, 2), signed(3, 4), signed(2, 1)],
      attributes: { transA: 1, alpha: 0.5, beta: 2 },
    },
    { title: 'B transposed', inputs: [signed(2, 3), signed(4, 3), signed()], attributes: { transB: 1 } },
    {
      title: 'both transposed',
      inputs: [signed(3, 2), signed(4, 3)],
      attributes: { transA: 1, transB: 1, alpha: 2 },
    },
  ],
  Conv: [
    { title: 'one by one', inputs: [image(), signed(4, 3, 1, 1), signed(4)], batched: [0] },
    {
      title: 'one by one, stride 2',
      inputs: [image(), signed(2, 3, 1, 1)],
      attributes: { strides: [2, 2] },
    },
    {
      title: 'padded',
      inputs: [image(), signed(2, 3, 3, 3), signed(2)],
      attributes: { pads: [1, 1, 1, 1] },
      batched: [0],
    },
    { title: 'valid', inputs: [image(), signed(2, 3, 3, 2)] },
    {
      title: 'asymmetric pads, stride that does not divide',
      inputs: [image(), signed(2, 3, 3, 3)],
      attributes: { pads: [0, 0, 1, 2], strides: [2, 3] },
      batched: [0],
    },
    {
      title: 'rows that no window reaches',
      inputs: [signed(1, 2, 6, 7), signed(2, 2, 2, 3)],
      attributes: { strides: [3, 3] },
    },
    {
      title: 'dilated',
      inputs: [image(), signed(2, 3, 2, 3)],
      attributes: { dilations: [2, 2], pads: [2, 1, 0, 3] },
    },
    {
      title: 'dilated, stride 2',
      inputs: [image(), signed(2, 3, 2, 2)],
      attributes: { dilations: [2, 3], strides: [2, 2] },
    },
    {
      title: 'groups',
      inputs: [signed(2, 4, 5, 5), signed(6, 2, 3, 3), signed(6)],
      attributes: { group: 2, pads: [1, 1, 1, 1] },
      batched: [0],
    },
    {
      title: 'groups, stride 2',
      inputs: [signed(1, 4, 5, 5), signed(2, 2, 3, 3)],
      attributes: { group: 2, strides: [2, 2] },
    },
    {
      title: 'groups, one by one',
      inputs: [signed(2, 4, 3, 3), signed(6, 2, 1, 1)],
      attributes: { group: 2 },
    },
    {
      title: 'depthwise',
      inputs: [signed(2, 3, 5, 5), signed(3, 1, 3, 3)],
      attributes: { group: 3, pads: [1, 1, 1, 1] },
      batched: [0],
    },
    {
      title: 'depthwise, stride 2, asymmetric',
      inputs: [signed(2, 3, 6, 6), signed(3, 1, 3, 3), signed(3)],
      attributes: { group: 3, strides: [2, 2], pads: [0, 0, 1, 1] },
      batched: [0],
    },
    {
      title: 'depthwise, dilated',
      inputs: [signed(1, 2, 6, 6), signed(2, 1, 3, 3)],
      attributes: { group: 2, dilations: [2, 2], pads: [2, 2, 1, 2] },
    },
    {
      title: 'depth multiplier 2',
      inputs: [signed(1, 2, 4, 4), signed(4, 1, 3, 3)],
      attributes: { group: 2, pads: [1, 1, 1, 1] },
    },
    {
      title: 'padded beyond the kernel',
      inputs: [signed(1, 2, 3, 3), signed(2, 2, 1, 1)],
      attributes: { pads: [1, 1, 1, 1] },
    },
    {
      title: 'one spatial axis',
      inputs: [signed(2, 2, 7), signed(3, 2, 3)],
      attributes: { strides: [2], pads: [1, 0] },
    },
  ],
  ConvTranspose: [
    { title: 'plain', inputs: [signed(2, 3, 3, 4), signed(3, 2, 3, 3), signed(2)], batched: [0] },
    {
      title: 'stride 2, output padding',
      inputs: [signed(2, 3, 3, 4), signed(3, 2, 3, 3)],
      attributes: { strides: [2, 2], pads: [1, 0, 1, 1], output_padding: [1, 1] },
      batched: [0],
    },
    {
      title: 'groups, dilated',
      inputs: [signed(1, 4, 3, 3), signed(4, 1, 2, 2)],
      attributes: { group: 2, dilations: [2, 2], strides: [2, 1] },
    },
    {
      title: 'output shape',
      inputs: [signed(1, 2, 3, 3), signed(2, 1, 3, 3)],
      attributes: { strides: [2, 2], output_shape: [6, 6] },
      wrt: [],
    },
  ],
  MaxPool: [
    {
      title: 'with indices',
      inputs: [distinct(2, 2, 4, 5)],
      attributes: { kernel_shape: [2, 2], strides: [2, 2] },
      outputs: 2,
      batched: [0],
    },
    {
      title: 'overlapping',
      inputs: [distinct(1, 2, 5, 5)],
      attributes: { kernel_shape: [3, 3], strides: [2, 2] },
      batched: [0],
    },
    {
      title: 'padded',
      inputs: [distinct(1, 2, 5, 5)],
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    },
    {
      title: 'rounded up',
      inputs: [distinct(1, 1, 5, 6)],
      attributes: { kernel_shape: [2, 3], strides: [2, 2], ceil_mode: 1, pads: [0, 1, 0, 1] },
    },
    {
      title: 'rounded up, a window that would start outside',
      inputs: [distinct(1, 1, 6, 6)],
      attributes: { kernel_shape: [1, 1], strides: [4, 5], ceil_mode: 1 },
      // ONNX Runtime's own inference counts that window, its kernel does not: nothing may follow the pool.
      wrt: [],
    },
    {
      title: 'dilated',
      inputs: [distinct(1, 1, 6, 6)],
      attributes: { kernel_shape: [2, 2], dilations: [2, 3] },
    },
  ],
  AveragePool: [
    {
      title: 'plain',
      inputs: [image()],
      attributes: { kernel_shape: [2, 2], strides: [2, 2] },
      batched: [0],
    },
    {
      title: 'same, pads not counted',
      inputs: [image()],
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
      batched: [0],
    },
    {
      title: 'same, pads counted',
      inputs: [image()],
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
    },
    {
      title: 'strided, asymmetric, pads not counted',
      inputs: [image()],
      attributes: { kernel_shape: [3, 2], strides: [2, 3], pads: [0, 1, 1, 0] },
      batched: [0],
    },
    {
      title: 'strided, pads counted',
      inputs: [image()],
      attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 0, 0, 2], count_include_pad: 1 },
    },
    {
      title: 'stride beyond the kernel',
      inputs: [image()],
      attributes: { kernel_shape: [1, 2], strides: [3, 4] },
    },
    {
      title: 'rounded up',
      inputs: [image()],
      attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
    },
    {
      title: 'rounded up, pads counted',
      inputs: [image()],
      attributes: {
        kernel_shape: [3, 3],
        strides: [2, 2],
        ceil_mode: 1,
        pads: [1, 1, 1, 1],
        count_include_pad: 1,
      },
    },
  ],
  GlobalAveragePool: [{ inputs: [image()], batched: [0] }],
  GlobalMaxPool: [{ inputs: [distinct(2, 2, 3, 3)], batched: [0] }],
  BatchNormalization: [
    {
      inputs: [signed(2, 3, 2, 2), signed(3), signed(3), signed(3), positive(3)],
      attributes: { epsilon: 1e-3 },
      batched: [0],
    },
    { title: 'two axes', inputs: [signed(4, 3), signed(3), signed(3), signed(3), positive(3)] },
  ],
  QuantizeLinear: [
    { title: 'to uint8', inputs: [signed(2, 3), scalar(0.01)], wrt: [], batched: [0] },
    {
      title: 'to int8, channel by channel',
      inputs: [signed(2, 3, 2), positive(3), tensor('int8', [3], Int8Array.of(-5, 0, 7))],
      attributes: { axis: 1 },
      wrt: [],
      batched: [0],
    },
  ],
  DequantizeLinear: [
    {
      title: 'of uint8',
      inputs: [tensor('uint8', [2, 2], Uint8Array.of(0, 3, 128, 255)), scalar(0.5), bytes(128)],
      wrt: [],
    },
    {
      title: 'of int32, channel by channel',
      inputs: [tensor('int32', [2, 2], Int32Array.of(-9, 3, 70_000, 5)), positive(2)],
      attributes: { axis: 0 },
      wrt: [],
    },
  ],
  Resize: [
    {
      title: 'nearest, by scales',
      inputs: [image(), undefined, floats([4], [1, 1, 2, 3])],
      fixed: [2],
      batched: [0],
    },
    {
      title: 'nearest, as in Keras',
      inputs: [image(), undefined, floats([4], [1, 1, 2, 2])],
      attributes: { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
      fixed: [2],
      batched: [0],
    },
    {
      title: 'nearest, smaller, ceil',
      inputs: [image(), undefined, undefined, integers([2, 3, 4, 5])],
      attributes: { nearest_mode: 'ceil', coordinate_transformation_mode: 'asymmetric' },
    },
    {
      title: 'nearest, halves up',
      inputs: [image(), undefined, undefined, integers([2, 3, 3, 14])],
      attributes: { nearest_mode: 'round_prefer_ceil' },
    },
    {
      title: 'linear, by scales',
      inputs: [image(), undefined, floats([4], [1, 1, 2, 1.5])],
      attributes: { mode: 'linear' },
      fixed: [2],
      batched: [0],
    },
    {
      title: 'linear, smaller',
      inputs: [image(), undefined, undefined, integers([2, 3, 4, 3])],
      attributes: { mode: 'linear' },
    },
    {
      title: 'linear, corners aligned',
      inputs: [image(), undefined, undefined, integers([2, 3, 9, 1])],
      attributes: { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
    },
    {
      title: 'linear, asymmetric',
      inputs: [image(), undefined, undefined, integers([2, 3, 12, 10])],
      attributes: { mode: 'linear', coordinate_transformation_mode: 'asymmetric' },
    },
    {
      title: 'linear, as in PyTorch, to one row',
      inputs: [image(), undefined, undefined, integers([2, 3, 1, 9])],
      attributes: { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' },
    },
  ],
  Reshape: [
    { title: 'fixed', inputs: [signed(2, 6), integers([3, 4])] },
    { title: 'one free', inputs: [signed(2, 6), integers([-1, 2, 3])], batched: [0] },
    { title: 'one copied', inputs: [signed(2, 6), integers([0, 2, -1])], batched: [0] },
    { title: 'batch and space together', inputs: [signed(2, 3, 4), integers([-1, 4])], batched: [0] },
  ],
  Flatten: [
    { inputs: [signed(2, 3, 4)], batched: [0] },
    { inputs: [signed(2, 3, 4)], attributes: { axis: 0 }, batched: [0] },
    { inputs: [signed(2, 3, 4)], attributes: { axis: -1 }, batched: [0] },
  ],
  Transpose: [{ inputs: [signed(2, 3, 4)], attributes: { perm: [2, 0, 1] }, batched: [0] }],
  Squeeze: [
    { inputs: [signed(2, 1, 3, 1), integers([1, -1])], batched: [0] },
    { title: 'all', inputs: [signed(1, 2, 1)] },
  ],
  Unsqueeze: [{ inputs: [signed(2, 3), integers([0, -1])], batched: [0] }],
  Expand: [
    { inputs: [signed(3, 1), integers([2, 3, 4])] },
    { title: 'by ones', inputs: [signed(2, 3), integers([1, 1])], batched: [0] },
  ],
  Shape: [
    { inputs: [signed(2, 3, 4)], wrt: [], batched: [0] },
    { title: 'a part', inputs: [signed(2, 3, 4)], attributes: { start: 1, end: -1 }, wrt: [] },
  ],
  ConstantOfShape: [
    { inputs: [integers([2, 3])], attributes: { value: 1.5 } },
    { inputs: [integers([2])], attributes: { value: 7, dtype: 'int64' } },
    { inputs: [integers([])] },
  ],
  Range: [
    { inputs: [integers([0], []), integers([5], []), integers([1], [])] },
    { title: 'in steps', inputs: [integers([2], []), integers([9], []), integers([3], [])] },
    { title: 'backwards', inputs: [integers([4], []), integers([-1], []), integers([-2], [])] },
    { title: 'of nothing', inputs: [integers([3], []), integers([3], []), integers([1], [])] },
  ],
  Concat: [
    {
      inputs: [signed(2, 1, 2), signed(2, 3, 2), signed(2, 2, 2)],
      attributes: { axis: 1 },
      batched: [0, 1, 2],
    },
    { title: 'last axis', inputs: [signed(2, 1), signed(2, 3)], attributes: { axis: -1 } },
    { title: 'the batch', inputs: [signed(2, 3), signed(1, 3)], attributes: { axis: 0 } },
  ],
  Slice: [
    { title: 'middle', inputs: [signed(4, 5), integers([1]), integers([3]), integers([1])], batched: [0] },
    { title: 'from the end', inputs: [signed(4, 5), integers([-3, 0]), integers([-1, 2 ** 31 - 1])] },
    {
      title: 'steps',
      inputs: [signed(5, 6), integers([0, 1]), integers([5, 6]), integers([0, 1]), integers([2, 3])],
    },
    {
      title: 'backwards',
      inputs: [signed(4, 5), integers([-1]), integers([-(2 ** 31)]), integers([1]), integers([-1])],
      batched: [0],
    },
    {
      title: 'backwards in steps',
      inputs: [signed(2, 6), integers([4]), integers([0]), integers([1]), integers([-2])],
    },
  ],
  Pad: [
    { inputs: [signed(2, 3), integers([0, 1, 1, 2])] },
    { title: 'a value', inputs: [signed(2, 3), integers([0, 1, 0, 2]), scalar(7)], wrt: [0], batched: [0] },
    { title: 'cropping', inputs: [signed(2, 4), integers([0, -1, 0, 2])], batched: [0] },
    {
      title: 'reflected',
      inputs: [signed(2, 4), integers([0, 2, 0, 1])],
      attributes: { mode: 'reflect' },
      wrt: [],
    },
    { title: 'edges', inputs: [signed(2, 4), integers([0, 2, 0, 1])], attributes: { mode: 'edge' }, wrt: [] },
  ],
  Gather: [
    { inputs: [signed(4, 3), integers([2, 0, 2])] },
    {
      title: 'of columns',
      inputs: [signed(2, 4, 2), integers([3, 3, 1])],
      attributes: { axis: 1 },
      batched: [0],
    },
    { title: 'one', inputs: [signed(4, 3), integers([1], [])], attributes: { axis: -1 } },
    { title: 'matrix of indices', inputs: [signed(4, 3), integers([2, 0, 2, -1], [2, 2])] },
  ],
  GatherElements: [
    { inputs: [signed(3, 4), integers([2, 0, 0, 1], [2, 2])] },
    { title: 'of columns', inputs: [signed(2, 4), integers([3, 3, -1, 0], [2, 2])], attributes: { axis: 1 } },
  ],
  ScatterElements: [
    {
      inputs: [signed(2, 3), integers([0, 2, 1, 1], [2, 2]), signed(2, 2)],
      attributes: { axis: 1, reduction: 'add' },
      wrt: [],
    },
    { inputs: [signed(3), integers([1]), signed(1)], wrt: [] },
  ],
  OneHot: [
    { inputs: [integers([1, 0]), integers([3], []), floats([2], [0, 1])], wrt: [] },
    { inputs: [integers([1, 0]), integers([3], []), floats([2], [0, 1])], attributes: { axis: 0 }, wrt: [] },
  ],
  TfIdfVectorizer: [
    {
      inputs: [integers([5, 2, 5, 2, 3, 5], [2, 3])],
      attributes: {
        mode: 'TFIDF',
        min_gram_length: 1,
        max_gram_length: 2,
        max_skip_count: 0,
        ngram_counts: [0, 2],
        ngram_indexes: [1, 0, 2],
        pool_int64s: [5, 3, 2, 5],
        weights: [0.5, 2, 1.5],
      },
      wrt: [],
    },
  ],
};
