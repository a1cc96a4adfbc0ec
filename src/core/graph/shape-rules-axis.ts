/** @file Shape rules of what works along axes: softmax, reductions. */

import type { Shape } from './graph.ts';
import type { AxisOp } from './operator-families.ts';
import { FLOATS, NUMBERS, type Rule, type Rules, rule } from './shape-rule.ts';

export const AXIS_RULES: Rules<AxisOp> = {
  Softmax: softmax(),
  LogSoftmax: softmax(),
  ReduceSum: reduction(),
  ReduceMean: reduction(),
  ReduceMax: reduction(),
  ArgMax: rule(1, 1, (application) => {
    const { shape } = application.typed(0, 'data', NUMBERS);
    const axis = application.axis(application.attributes.axis ?? 0, shape.length);
    return { dtype: 'int64', shape: reduced(shape, [axis], application.attributes.keepdims ?? 1) };
  }),
  TopK: rule(2, 2, (application) => {
    const { dtype, shape } = application.typed(0, 'X', NUMBERS);
    const axis = application.axis(application.attributes.axis ?? -1, shape.length);
    const [k = 0, ...others] = application.integers(1, 'K') ?? [];
    const size = shape[axis]!;
    if (others.length > 0 || k < 1 || (typeof size === 'number' && k > size)) {
      const received = [k, ...others].join(', ');
      throw application.error(`a number from 1 to ${size}`, received, 'Ask for as many as there are.');
    }
    const kept = shape.map((each, index) => (index === axis ? k : each));
    return [
      { dtype, shape: kept },
      { dtype: 'int64', shape: kept },
    ];
  }),
};

function softmax<K extends 'Softmax' | 'LogSoftmax'>(): Rule<K> {
  return rule(1, 1, (application) => {
    const { dtype, shape } = application.typed(0, 'input', FLOATS);
    application.axis(application.attributes.axis ?? -1, shape.length);
    return { dtype, shape };
  });
}

function reduction<K extends 'ReduceSum' | 'ReduceMean' | 'ReduceMax'>(): Rule<K> {
  return rule(1, 2, (application) => {
    const { dtype, shape } = application.typed(0, 'data', NUMBERS);
    const given = application.integers(1, 'axes') ?? [];
    const axes =
      given.length === 0 ? [...shape.keys()] : given.map((axis) => application.axis(axis, shape.length));
    return { dtype, shape: reduced(shape, axes, application.attributes.keepdims ?? 1) };
  });
}

function reduced(shape: Shape, axes: readonly number[], keepdims: 0 | 1): Shape {
  if (keepdims === 1) return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return shape.filter((_, axis) => !axes.includes(axis));
}
