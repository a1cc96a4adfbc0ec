/** @file Arithmetic with constants: element by element, and along axes. float32 is rounded as ONNX Runtime rounds it. */

import type { DType } from '../../tensor/dtype.ts';
import { computeSize, computeStrides, type Tensor } from '../../tensor/tensor.ts';
import {
  type Call,
  createWriter,
  type Evaluation,
  findAttribute,
  findList,
  readNumbers,
  requireInput,
} from './call.ts';
import { broadcastShape, broadcastStrides, resolveAxis, walk } from './walk.ts';
import { CannotFold } from './workspace.ts';

export const ARITHMETIC: Readonly<Record<string, Evaluation>> = {
  Neg: each((x) => -x),
  Abs: each(Math.abs),
  Sign: each(Math.sign),
  Sqrt: each(Math.sqrt),
  Reciprocal: each((x) => 1 / x),
  Exp: each(Math.exp),
  Log: each(Math.log),
  Sin: each(Math.sin),
  Cos: each(Math.cos),
  Ceil: each(Math.ceil),
  Floor: each(Math.floor),
  Round: each(roundToEven),
  Relu: each((x) => Math.max(0, x)),
  Not: each((x) => (x === 0 ? 1 : 0)),
  Add: pairs((a, b) => a + b),
  Sub: pairs((a, b) => a - b),
  Mul: pairs((a, b) => a * b),
  Div: pairs((a, b, whole) => {
    if (!whole) return a / b;
    if (b === 0) throw new CannotFold('a division by 0');
    return Math.trunc(a / b);
  }),
  Mod: (call) => pairs(findAttribute(call, 'fmod', 0) === 1 ? (a, b) => a % b : modulo)(call),
  Pow: pairs((a, b) => a ** b),
  Max: pairs((a, b) => Math.max(a, b)),
  Min: pairs((a, b) => Math.min(a, b)),
  Equal: pairs((a, b) => Number(a === b), 'bool'),
  Greater: pairs((a, b) => Number(a > b), 'bool'),
  GreaterOrEqual: pairs((a, b) => Number(a >= b), 'bool'),
  Less: pairs((a, b) => Number(a < b), 'bool'),
  LessOrEqual: pairs((a, b) => Number(a <= b), 'bool'),
  And: pairs((a, b) => Number(a !== 0 && b !== 0), 'bool'),
  Or: pairs((a, b) => Number(a !== 0 || b !== 0), 'bool'),
  Xor: pairs((a, b) => Number((a !== 0) !== (b !== 0)), 'bool'),
  Clip: (call) => {
    const bound = (index: number, name: string, fallback: number): number => {
      const input = call.inputs[index];
      return input === undefined ? findAttribute(call, name, fallback) : readNumbers(input)[0]!;
    };
    const low = bound(1, 'min', Number.NEGATIVE_INFINITY);
    const high = bound(2, 'max', Number.POSITIVE_INFINITY);
    return each((x) => Math.min(Math.max(x, low), high))(call);
  },
  Cast: (call) => {
    const to = call.attributes['to'] as DType | undefined;
    if (to === undefined || to === 'float16') throw new CannotFold('a type that Graft lacks');
    const whole = to !== 'float32' && to !== 'float64' && to !== 'bool';
    return each(whole ? Math.trunc : (x) => x, to)(call);
  },
  ReduceSum: reduction(0, (sum, x) => sum + x),
  ReduceMean: reduction(
    0,
    (sum, x) => sum + x,
    (sum, count) => sum / count,
  ),
  ReduceProd: reduction(1, (product, x) => product * x),
  ReduceMax: reduction(Number.NEGATIVE_INFINITY, Math.max),
  ReduceMin: reduction(Number.POSITIVE_INFINITY, Math.min),
  CumSum: cumulativeSum,
  BatchNormalization: standardized,
};

function each(of: (x: number) => number, dtype?: DType): Evaluation {
  return (call) => {
    const x = requireInput(call, 0);
    call.workspace.read(computeSize(x.shape));
    const result = call.workspace.zeros(dtype ?? x.dtype, x.shape);
    const numbers = readNumbers(x);
    const write = createWriter(result);
    for (let i = 0; i < numbers.length; i++) write(i, of(numbers[i]!));
    return result;
  };
}

/** From left to right over all inputs: Max and Min take any number of them. */
function pairs(of: (a: number, b: number, whole: boolean) => number, dtype?: DType): Evaluation {
  return (call) => {
    const inputs = call.inputs.map((_, index) => requireInput(call, index));
    return inputs.reduce((a, b) => {
      const shape = broadcastShape([a.shape, b.shape]);
      call.workspace.read(computeSize(shape));
      const result = call.workspace.zeros(dtype ?? a.dtype, shape);
      const [left, right] = [readNumbers(a), readNumbers(b)];
      const write = createWriter(result);
      const whole = !a.dtype.startsWith('float');
      walk(
        shape,
        [a, b].map((input) => broadcastStrides(input.shape, shape)),
        (position, [at, and]) => {
          write(position, of(left[at!]!, right[and!]!, whole));
        },
      );
      return result;
    });
  };
}

function reduction(
  start: number,
  of: (so: number, x: number) => number,
  finish: (total: number, count: number) => number = (total) => total,
): Evaluation {
  return (call) => {
    const x = requireInput(call, 0);
    const rank = x.shape.length;
    const given = findList(call, 1, 'axes') ?? [];
    if (given.length === 0 && findAttribute(call, 'noop_with_empty_axes', 0) === 1) return x;
    const axes = given.length === 0 ? [...x.shape.keys()] : given.map((axis) => resolveAxis(axis, rank));
    const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    call.workspace.read(computeSize(x.shape));
    const totals = call.workspace.zeros('float64', kept);
    totals.data.fill(start);
    const numbers = readNumbers(x);
    walk(x.shape, [broadcastStrides(kept, x.shape)], (position, [at]) => {
      totals.data[at!] = of(totals.data[at!]!, numbers[position]!);
    });
    const count = computeSize(x.shape) / Math.max(1, computeSize(kept));
    const keepdims = findAttribute(call, 'keepdims', 1) !== 0;
    const shape = keepdims ? kept : kept.filter((_, axis) => !axes.includes(axis));
    const result = call.workspace.zeros(x.dtype, shape);
    const write = createWriter(result);
    for (let i = 0; i < totals.data.length; i++) write(i, finish(totals.data[i]!, count));
    return result;
  };
}

function cumulativeSum(call: Call): Tensor {
  const x = requireInput(call, 0);
  const axis = resolveAxis(findList(call, 1, 'axis')?.[0] ?? 0, x.shape.length);
  const reverse = findAttribute(call, 'reverse', 0) === 1;
  const exclusive = findAttribute(call, 'exclusive', 0) === 1;
  call.workspace.read(computeSize(x.shape));
  const result = call.workspace.zeros(x.dtype, x.shape);
  const numbers = readNumbers(x);
  const write = createWriter(result);
  const stride = computeStrides(x.shape)[axis]!;
  const size = x.shape[axis]!;
  const starts = x.shape.map((each, index) => (index === axis ? 1 : each));
  walk(starts, [computeStrides(x.shape)], (_, [start]) => {
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const at = start! + (reverse ? size - 1 - i : i) * stride;
      write(at, exclusive ? sum : sum + numbers[at]!);
      sum += numbers[at]!;
    }
  });
  return result;
}

/** By the statistics of the constant itself: how exporters write kernels that are standardized. */
function standardized(call: Call): Tensor {
  const [x, scale, bias] = [0, 1, 2].map((index) => requireInput(call, index)) as [Tensor, Tensor, Tensor];
  const [batch = 0, channels = 0, ...rest] = x.shape;
  const size = computeSize(rest);
  if (findAttribute(call, 'training_mode', 0) !== 1 || scale.data.length !== channels) {
    throw new CannotFold('statistics that are given');
  }
  call.workspace.read(2 * computeSize(x.shape));
  const result = call.workspace.zeros(x.dtype, x.shape);
  const [numbers, gamma, beta] = [x, scale, bias].map(readNumbers) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const write = createWriter(result);
  const epsilon = findAttribute(call, 'epsilon', 1e-5);
  for (let channel = 0; channel < channels; channel++) {
    const over = (visit: (at: number) => void): void => {
      for (let row = 0; row < batch; row++) {
        const start = (row * channels + channel) * size;
        for (let i = start; i < start + size; i++) visit(i);
      }
    };
    let [sum, squares] = [0, 0];
    over((at) => {
      sum += numbers[at]!;
    });
    const mean = sum / (batch * size);
    over((at) => {
      squares += (numbers[at]! - mean) ** 2;
    });
    const slope = gamma[channel]! / Math.sqrt(squares / (batch * size) + epsilon);
    over((at) => {
      write(at, (numbers[at]! - mean) * slope + beta[channel]!);
    });
  }
  return result;
}

/** As Python's: with the sign of the divisor. */
function modulo(a: number, b: number): number {
  if (b === 0) throw new CannotFold('a division by 0');
  return a - b * Math.floor(a / b);
}

/** To the nearest whole number; halves to the even one. */
function roundToEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
