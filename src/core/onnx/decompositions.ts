/**
 * @file ONNX operators that a graph does not hold, made of those that it does. Shapes and gradients then need no rules
 * of their own, and ONNX Runtime finds its fused kernels again where it has any (Gelu, LayerNormalization).
 */

import { MAX_AXES } from '../graph/shape-rule.ts';
import type { Composer } from './composer.ts';
import { matrixProduct } from './einsum-product.ts';

/** More copies than any network makes of its own values. */
const MAX_COPIES = 1024;

export type Decomposition = (composer: Composer) => void;

export const DECOMPOSITIONS: Readonly<Record<string, Decomposition>> = {
  // x * max(0, min(1, x / 6 + 0.5))
  HardSwish: (c) => {
    const x = c.required(0, 'X');
    c.op('Mul', [x, c.op('HardSigmoid', [x], { alpha: 1 / 6, beta: 0.5 })], {}, c.outputs[0]);
  },
  Gelu: (c) => {
    const x = c.required(0, 'X');
    if (c.text('approximate', 'none') === 'tanh') {
      const cube = c.op('Mul', [c.op('Mul', [x, x]), x]);
      const inner = c.op('Add', [x, c.op('Mul', [cube, c.scalar(0.044715)])]);
      return half(c, x, c.op('Tanh', [c.op('Mul', [inner, c.scalar(Math.sqrt(2 / Math.PI))])]));
    }
    half(c, x, c.op('Erf', [c.op('Div', [x, c.scalar(Math.SQRT2)])]));
  },
  Swish: (c) => {
    const x = c.required(0, 'X');
    const alpha = c.float('alpha', 1);
    const scaled = alpha === 1 ? x : c.op('Mul', [x, c.scalar(alpha)]);
    c.op('Mul', [x, c.op('Sigmoid', [scaled])], {}, c.outputs[0]);
  },
  Mish: (c) => {
    const x = c.required(0, 'X');
    c.op('Mul', [x, c.op('Tanh', [c.op('Softplus', [x])])], {}, c.outputs[0]);
  },
  Softsign: (c) => {
    const x = c.required(0, 'input');
    c.op('Div', [x, c.op('Add', [c.op('Abs', [x]), c.scalar(1)])], {}, c.outputs[0]);
  },
  Selu: (c) => {
    const elu = c.op('Elu', [c.required(0, 'X')], { alpha: c.float('alpha', 1.6732632423543772) });
    c.op('Mul', [elu, c.scalar(c.float('gamma', 1.0507009873554805))], {}, c.outputs[0]);
  },
  // Negative numbers are multiplied by a slope, which may differ from channel to channel.
  PRelu: (c) => {
    const x = c.required(0, 'X');
    const below = c.op('Relu', [c.op('Neg', [x])]);
    c.op('Sub', [c.op('Relu', [x]), c.op('Mul', [below, c.required(1, 'slope')])], {}, c.outputs[0]);
  },
  // For inference, nothing is dropped.
  Dropout: (c) => {
    if ((c.outputs[1] ?? '') !== '') throw c.refuse('a Dropout without its mask', 'one that gives it');
    c.op('Identity', [c.required(0, 'data')], {}, c.outputs[0]);
  },
  Sum: (c) => {
    const inputs = Array.from({ length: c.inputCount }, (_, index) => c.required(index, 'data'));
    const last = inputs.pop()!;
    if (inputs.length === 0) c.op('Identity', [last], {}, c.outputs[0]);
    else c.op('Add', [inputs.reduce((a, b) => c.op('Add', [a, b])), last], {}, c.outputs[0]);
  },
  Or: (c) => {
    const none = [c.required(0, 'A'), c.required(1, 'B')].map((input) => c.op('Not', [input]));
    c.op('Not', [c.op('And', none)], {}, c.outputs[0]);
  },
  // Of sizes: a - b * (a / b), where a division of whole numbers leaves the rest out.
  Mod: (c) => {
    const [a, b] = [c.required(0, 'A'), c.required(1, 'B')];
    if (c.value(a).dtype !== 'int64') throw c.refuse('Mod of int64', c.value(a).dtype);
    c.op('Sub', [a, c.op('Mul', [b, c.op('Div', [a, b])])], {}, c.outputs[0]);
  },
  Split: split,
  Einsum: matrixProduct,
  GatherND: gatherBlocks,
  CumSum: cumulativeSum,
  Ceil: (c) => whole(c, 'Less', 'Add'),
  Floor: (c) => whole(c, 'Greater', 'Sub'),
  // A number is equal to itself.
  IsNaN: (c) => {
    const x = c.required(0, 'X');
    c.op('Not', [c.op('Equal', [x, x])], {}, c.outputs[0]);
  },
  Tile: tile,
  LayerNormalization: (c) => {
    const x = c.required(0, 'X');
    if (c.outputs.slice(1).some((name) => name !== '')) {
      throw c.refuse('a LayerNormalization with one output', 'one that gives its statistics');
    }
    const rank = c.value(x).shape.length;
    const first = c.int('axis', -1);
    const from = first < 0 ? first + rank : first;
    if (!(from >= 0 && from < rank)) throw c.refuse(`an axis in [${-rank}, ${rank})`, `${first}`);
    const axes = Array.from({ length: rank - from }, (_, index) => index - (rank - from));
    normalize(c, x, axes, c.float('epsilon', 1e-5), c.optional(1), c.optional(2));
  },
  InstanceNormalization: (c) => {
    const x = c.required(0, 'input');
    const rank = c.value(x).shape.length;
    const spatial = Array.from({ length: Math.max(0, rank - 2) }, (_, index) => index + 2);
    const wide = (name: string): string =>
      c.op('Unsqueeze', [name, c.integers(spatial.map((axis) => axis - 1))]);
    const [scale, bias] = [wide(c.required(1, 'scale')), wide(c.required(2, 'B'))];
    normalize(c, x, spatial, c.float('epsilon', 1e-5), scale, bias);
  },
  ReduceMin: (c) => {
    const largest = c.op('ReduceMax', [c.op('Neg', [c.required(0, 'data')]), ...axesOf(c)], keeping(c));
    c.op('Neg', [largest], {}, c.outputs[0]);
  },
  ReduceSumSquare: (c) => {
    const x = c.required(0, 'data');
    c.op('ReduceSum', [c.op('Mul', [x, x]), ...axesOf(c)], keeping(c), c.outputs[0]);
  },
  ReduceL2: (c) => {
    const x = c.required(0, 'data');
    c.op('Sqrt', [c.op('ReduceSum', [c.op('Mul', [x, x]), ...axesOf(c)], keeping(c))], {}, c.outputs[0]);
  },
  LpNormalization: (c) => {
    const x = c.required(0, 'input');
    if (c.int('p', 2) !== 2) throw c.refuse('p = 2', `p = ${c.int('p', 2)}`);
    const squares = c.op('ReduceSum', [c.op('Mul', [x, x]), c.integers([c.int('axis', -1)])]);
    c.op('Div', [x, c.op('Sqrt', [squares])], {}, c.outputs[0]);
  },
};

/** `0.5 * x * (1 + inner)`, in the order in which ONNX Runtime knows it. */
function half(c: Composer, x: string, inner: string): void {
  const sum = c.op('Add', [inner, c.scalar(1)]);
  c.op('Mul', [c.op('Mul', [x, sum]), c.scalar(0.5)], {}, c.outputs[0]);
}

/** `scale * (x - mean) / sqrt(variance + epsilon) + bias`, in the order in which ONNX Runtime knows it. */
function normalize(
  c: Composer,
  x: string,
  axes: readonly number[],
  epsilon: number,
  scale: string | undefined,
  bias: string | undefined,
): void {
  const along = c.integers(axes);
  const centered = c.op('Sub', [x, c.op('ReduceMean', [x, along], { keepdims: 1 })]);
  const variance = c.op('ReduceMean', [c.op('Pow', [centered, c.scalar(2)]), along], { keepdims: 1 });
  const deviation = c.op('Sqrt', [c.op('Add', [variance, c.scalar(epsilon)])]);
  const divided = c.op('Div', [centered, deviation], {}, scale || bias ? undefined : c.outputs[0]);
  const scaled = scale ? c.op('Mul', [divided, scale], {}, bias ? undefined : c.outputs[0]) : divided;
  if (bias) c.op('Add', [scaled, bias], {}, c.outputs[0]);
}

/** What is behind the point is cut off, and 1 added or taken where that went the wrong way. */
function whole(c: Composer, isWrong: 'Less' | 'Greater', correct: 'Add' | 'Sub'): void {
  const x = c.required(0, 'X');
  const cut = c.op('Cast', [c.op('Cast', [x], { to: 'int64' })], { to: 'float32' });
  const one = c.op('Cast', [c.op(isWrong, [cut, x])], { to: 'float32' });
  // From there on, all numbers are whole, and some are none that 64 bits have.
  const isSmall = c.op('Less', [c.op('Abs', [x]), c.scalar(2 ** 23)]);
  c.op('Where', [isSmall, c.op(correct, [cut, one]), x], {}, c.outputs[0]);
}

/** One copy beside the other. Repeating every image of a batch once leaves it as it is. */
function tile(c: Composer): void {
  const x = c.required(0, 'input');
  const wanted = c.required(1, 'repeats');
  const repeats = c.known(wanted);
  if (!repeats?.every((count) => typeof count === 'number')) {
    repeatAsComputed(c, x, wanted);
    return;
  }
  if (!repeats.every((count) => Number(count) >= 1 && Number(count) <= MAX_COPIES)) {
    throw c.refuse(`a Tile with 1 to ${MAX_COPIES} copies along every axis`, 'another number');
  }
  const tiled = repeats.reduce<string>((value, count, axis) => {
    if (count === 1) return value;
    return c.op('Concat', new Array<string>(Number(count)).fill(value), { axis });
  }, x);
  c.op('Identity', [tiled], {}, c.outputs[0]);
}

/** As many copies as the run tells: `[a, b]` as `[1, a, 1, b]` is broadcast to `[r, a, s, b]`, and reshaped. */
function repeatAsComputed(c: Composer, x: string, repeats: string): void {
  const { shape } = c.value(x);
  const rank = shape.length;
  if (rank === 0 || 2 * rank > MAX_AXES)
    throw c.refuse(`a Tile of up to ${MAX_AXES / 2} axes`, `one of ${rank}`);
  const part = (list: string, axis: number): string =>
    c.op('Slice', [list, c.integers([axis]), c.integers([axis + 1])]);
  const sizes = shape.map((_, axis) => c.op('Shape', [x], { start: axis, end: axis + 1 }));
  const copies = shape.map((_, axis) => part(repeats, axis));
  const apart = c.op('Unsqueeze', [x, c.integers(shape.map((_, axis) => 2 * axis))]);
  const pairs = sizes.flatMap((size, axis) => [copies[axis]!, size]);
  const broadcast = c.op('Expand', [apart, c.op('Concat', pairs, { axis: 0 })]);
  const whole = sizes.map((size, axis) => c.op('Mul', [copies[axis]!, size]));
  c.op('Reshape', [broadcast, c.op('Concat', whole, { axis: 0 })], {}, c.outputs[0]);
}

/** Blocks of a tensor by the places of their first axes: a Gather, after those axes have become one. */
function gatherBlocks(c: Composer): void {
  const [x, indices] = [c.required(0, 'data'), c.required(1, 'indices')];
  const depth = c.value(indices).shape.at(-1);
  if (typeof depth !== 'number' || depth < 1 || c.int('batch_dims', 0) !== 0) {
    throw c.refuse('a GatherND along the first axes', 'one within each of a batch');
  }
  const last = c.integers([-1]);
  const column = (index: number): string => {
    const bounds = [[index], [index + 1], [-1]].map((list) => c.integers(list));
    const part = depth === 1 ? indices : c.op('Slice', [indices, ...bounds]);
    return c.op('Squeeze', [part, last]);
  };
  if (depth === 1) {
    c.op('Gather', [x, column(0)], { axis: 0 }, c.outputs[0]);
    return;
  }
  const sizes = Array.from({ length: depth }, (_, axis) =>
    c.op('Shape', [x], { start: axis, end: axis + 1 }),
  );
  const place = Array.from({ length: depth - 1 }, (_, index) => index + 1).reduce(
    (rows, axis) =>
      c.op('Add', [c.op('Mul', [rows, sizes[axis]!]), fromStart(c, column(axis), sizes[axis]!)]),
    fromStart(c, column(0), sizes[0]!),
  );
  const block = c.op('Shape', [x], { start: depth });
  const flat = c.op('Reshape', [x, c.op('Concat', [last, block], { axis: 0 })]);
  c.op('Gather', [flat, place], { axis: 0 }, c.outputs[0]);
}

/** Indices that may count from the end, from the start. */
function fromStart(c: Composer, indices: string, size: string): string {
  const isBelow = c.op('Less', [indices, c.integers([0])]);
  return c.op('Where', [isBelow, c.op('Add', [indices, size]), indices]);
}

/** Sums along the last axis: a product with a triangle of ones, exact for whole numbers below 2^24. */
function cumulativeSum(c: Composer): void {
  const x = c.required(0, 'x');
  const { dtype, shape } = c.value(x);
  const [axis] = c.known(c.required(1, 'axis')) ?? [];
  if (axis !== shape.length - 1 && axis !== -1)
    throw c.refuse('a CumSum along the last axis', `axis ${axis}`);
  const size = c.op('Squeeze', [c.op('Shape', [x], { start: shape.length - 1 })]);
  const [zero, one] = [0, 1].map((number) => c.op('Squeeze', [c.integers([number])])) as [string, string];
  const places = c.op('Range', [zero, size, one]);
  const [row, column] = [1, 0].map((at) => c.op('Unsqueeze', [places, c.integers([at])])) as [string, string];
  const [first, second] = c.int('reverse', 0) === 1 ? [column, row] : [row, column];
  const isCounted = c.op(c.int('exclusive', 0) === 1 ? 'Less' : 'LessOrEqual', [first, second]);
  const triangle = c.op('Cast', [isCounted], { to: 'float32' });
  const sums = c.op('MatMul', [c.op('Cast', [x], { to: 'float32' }), triangle]);
  c.op('Cast', [sums], { to: dtype }, c.outputs[0]);
}

/** One Slice for each part. Sizes are given, or equal, the last one taking what is left. */
function split(c: Composer): void {
  const x = c.required(0, 'input');
  const { shape } = c.value(x);
  const given = c.int('axis', 0);
  const axis = given < 0 ? given + shape.length : given;
  const size = shape[axis];
  const parts = c.outputs.length;
  const splitInput = c.optional(1);
  let sizes = (splitInput === undefined ? undefined : c.known(splitInput)) ?? c.ints('split');
  if (sizes === undefined && splitInput === undefined && typeof size === 'number') {
    const each = Math.ceil(size / parts);
    sizes = c.outputs.map((_, index) => Math.min(each, size - each * index));
  }
  const numbers = sizes?.filter((each) => typeof each === 'number');
  if (numbers?.length !== parts)
    throw c.refuse('a Split into parts of known sizes', 'sizes that are computed');
  let start = 0;
  c.outputs.forEach((output, index) => {
    const end = start + numbers[index]!;
    if (output !== '')
      c.op('Slice', [x, ...[[start], [end], [axis]].map((list) => c.integers(list))], {}, output);
    start = end;
  });
}

function axesOf(c: Composer): string[] {
  const axes = c.optional(1);
  return axes === undefined ? [] : [axes];
}

function keeping(c: Composer): { readonly keepdims: 0 | 1 } {
  return { keepdims: c.int('keepdims', 1) === 0 ? 0 : 1 };
}
