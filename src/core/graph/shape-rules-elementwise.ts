/** @file Shape rules of what works element by element. */

import { product, quotient, sum } from './dimension.ts';
import type { Shape, Value } from './graph.ts';
import type { ArithmeticOp, ElementwiseOp } from './operator-families.ts';
import type { OpType } from './operators.ts';
import { type Application, FLOATS, NUMBERS, type Rule, type Rules, rule } from './shape-rule.ts';

export const ARITHMETIC_RULES: Rules<ArithmeticOp> = {
  Add: arithmetic((a, b) => sum([a, b])),
  Sub: arithmetic((a, b) => (typeof b === 'number' ? sum([a, -b]) : undefined)),
  Mul: arithmetic((a, b) => product([a, b])),
  Div: arithmetic((a, b) => {
    // Of whole numbers, and those alone are followed, ONNX' division cuts off what is behind the point.
    const numbers = typeof a === 'number' && typeof b === 'number' && b !== 0;
    return numbers ? Math.trunc(a / b) : quotient([a], [b]);
  }),
  // The exponent may be of another dtype than the base.
  Pow: rule(2, 2, (application) => {
    const base = application.typed(0, 'X', NUMBERS);
    const exponent = application.typed(1, 'Y', NUMBERS);
    return { dtype: base.dtype, shape: application.broadcast([base.shape, exponent.shape]) };
  }),
  Max: variadic(),
  Min: variadic(),
  Equal: comparison((a, b) => {
    if (a === b) return true;
    // A size is never negative, whatever its name.
    const known = (typeof a === 'number' && typeof b === 'number') || Number(a) < 0 || Number(b) < 0;
    return known ? false : undefined;
  }),
  Greater: comparison(),
  GreaterOrEqual: comparison(),
  Less: comparison(),
  LessOrEqual: comparison(),
  And: rule(2, 2, (application) => {
    const inputs = [application.typed(0, 'A', ['bool']), application.typed(1, 'B', ['bool'])];
    return { dtype: 'bool', shape: application.broadcast(inputs.map((input) => input.shape)) };
  }),
  Where: rule(3, 3, (application) => {
    const condition = application.typed(0, 'condition', ['bool']);
    const [x, y] = [application.input(1, 'X'), application.input(2, 'Y')];
    const shape = application.broadcast([condition.shape, x.shape, y.shape]);
    const type = { dtype: application.sameDtype([x, y]), shape };
    const choices = type.dtype === 'int64' && shape.length <= 1 ? condition.sizes : undefined;
    const [left, right] = choices ? [application.sizes(1, 'X'), application.sizes(2, 'Y')] : [];
    if (choices === undefined || left === undefined || right === undefined) return type;
    const length = Math.max(choices.length, left.length, right.length);
    const at = (list: Shape, i: number) => (list.length === 1 ? list[0] : list[i]);
    const sizes = Array.from({ length }, (_, i) => at(at(choices, i) === 1 ? left : right, i));
    return length > MAX_SIZES || sizes.includes(undefined) ? type : { ...type, sizes: sizes as Shape };
  }),
};

/** More elements are no shape any more, and not worth following. */
const MAX_SIZES = 8;

export const ELEMENTWISE_RULES: Rules<ElementwiseOp> = {
  Neg: same(NUMBERS),
  Abs: same(NUMBERS),
  Sign: same(NUMBERS),
  Sqrt: same(FLOATS),
  Reciprocal: same(FLOATS),
  Exp: same(FLOATS),
  Log: same(FLOATS),
  Erf: same(FLOATS),
  Sin: same(FLOATS),
  Cos: same(FLOATS),
  Relu: same(FLOATS),
  LeakyRelu: same(FLOATS),
  Elu: same(FLOATS),
  Sigmoid: same(FLOATS),
  HardSigmoid: same(FLOATS),
  Tanh: same(FLOATS),
  Softplus: same(FLOATS),
  Clip: rule(1, 3, (application) => {
    const x = application.typed(0, 'input', NUMBERS);
    for (const [index, what] of [[1, 'min'] as const, [2, 'max'] as const]) {
      const bound = application.inputs[index];
      if (bound === undefined) continue;
      application.sameDtype([x, application.rank(bound, what, 0, 'as a scalar')]);
    }
    return { dtype: x.dtype, shape: x.shape };
  }),
  Identity: rule(1, 1, (application) => {
    const x = application.input(0, 'input');
    return { dtype: x.dtype, shape: x.shape, ...known(application) };
  }),
  Cast: rule(1, 1, (application) => {
    const { to } = application.attributes;
    const whole = to === 'int64' || to === 'int32' ? known(application) : {};
    return { dtype: to, shape: application.input(0, 'input').shape, ...whole };
  }),
  Not: same(['bool']),
};

/** What is known of the first input's elements, to be passed on. */
function known<K extends OpType>(application: Application<K>): { sizes?: Shape } {
  const value = application.inputs[0];
  if (value?.dtype !== 'int64' && value?.dtype !== 'int32') return {};
  const sizes = application.sizes(0, 'input');
  return sizes === undefined || sizes.length > MAX_SIZES ? {} : { sizes };
}

function same<K extends ElementwiseOp>(dtypes: readonly Value['dtype'][]): Rule<K> {
  return rule(1, 1, (application) => {
    const { dtype, shape } = application.typed(0, 'X', dtypes);
    return { dtype, shape };
  });
}

/** Two numbers; `combine` says what becomes of sizes, so that shapes may be computed with. */
function arithmetic<K extends ArithmeticOp>(
  combine: (a: Shape[number], b: Shape[number]) => Shape[number] | undefined,
): Rule<K> {
  return rule(2, 2, (application) => {
    const [a, b] = [application.typed(0, 'A', NUMBERS), application.typed(1, 'B', NUMBERS)];
    const shape = application.broadcast([a.shape, b.shape]);
    const type = { dtype: application.sameDtype([a, b]), shape };
    if (type.dtype !== 'int64' || shape.length > 1) return type;
    const [left, right] = [application.sizes(0, 'A'), application.sizes(1, 'B')];
    if (left === undefined || right === undefined) return type;
    const length = Math.max(left.length, right.length);
    const sizes = Array.from({ length }, (_, i) => {
      return combine(left.length === 1 ? left[0]! : left[i]!, right.length === 1 ? right[0]! : right[i]!);
    });
    return length > MAX_SIZES || sizes.includes(undefined) ? type : { ...type, sizes: sizes as Shape };
  });
}

function variadic<K extends ArithmeticOp>(): Rule<K> {
  return rule(1, Number.POSITIVE_INFINITY, (application) => {
    const inputs = application.inputs.map((_, index) => application.typed(index, `data_${index}`, NUMBERS));
    const shape = application.broadcast(inputs.map((input) => input.shape));
    return { dtype: application.sameDtype(inputs), shape };
  });
}

/** `holds` tells what is known of two sizes before the run. */
function comparison<K extends ArithmeticOp>(
  holds?: (a: Shape[number], b: Shape[number]) => boolean | undefined,
): Rule<K> {
  return rule(2, 2, (application) => {
    const inputs = [application.input(0, 'A'), application.input(1, 'B')];
    const dtype = application.sameDtype(inputs);
    const type = { dtype: 'bool', shape: application.broadcast(inputs.map(({ shape }) => shape)) } as const;
    if (holds === undefined || dtype !== 'int64' || type.shape.length > 1) return type;
    const [left, right] = [application.sizes(0, 'A'), application.sizes(1, 'B')];
    const length = Math.max(left?.length ?? 0, right?.length ?? 0);
    if (left === undefined || right === undefined || length > MAX_SIZES) return type;
    const sizes = Array.from({ length }, (_, i) =>
      holds(left.length === 1 ? left[0]! : left[i]!, right.length === 1 ? right[0]! : right[i]!),
    );
    return sizes.includes(undefined) ? type : { ...type, sizes: sizes.map(Number) };
  });
}
