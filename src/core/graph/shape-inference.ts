/** @file Shapes and dtypes of an operator's outputs, from those of its inputs. */

import type { Dimension, Value } from './graph.ts';
import type { OpAttributes, OpType } from './operators.ts';
import { Application, type InferenceContext, type Rules, type ValueType } from './shape-rule.ts';
import { AXIS_RULES } from './shape-rules-axis.ts';
import { ARITHMETIC_RULES, ELEMENTWISE_RULES } from './shape-rules-elementwise.ts';
import { MATRIX_RULES } from './shape-rules-matrix.ts';
import { QUANTIZATION_RULES } from './shape-rules-quantization.ts';
import { SHAPE_RULES } from './shape-rules-shape.ts';
import { WINDOW_RULES } from './shape-rules-window.ts';

export { type InferenceContext, MAX_AXES, type ValueType } from './shape-rule.ts';

const RULES: Rules<OpType> = {
  ...ARITHMETIC_RULES,
  ...ELEMENTWISE_RULES,
  ...AXIS_RULES,
  ...MATRIX_RULES,
  ...WINDOW_RULES,
  ...QUANTIZATION_RULES,
  ...SHAPE_RULES,
};

/**
 * The types of an operator's outputs. Sizes that are names flow through; computed ones get names such as `25*N`.
 *
 * @param inputs - In ONNX' order; undefined for an optional one that is absent.
 * @returns One type for every output that the operator can have.
 * @throws {GraftError} `shape`, if the inputs' number, shapes or dtypes do not fit the operator.
 */
export function inferShapes<K extends OpType>(
  op: K,
  inputs: readonly (Value | undefined)[],
  attributes: OpAttributes[K],
  context: InferenceContext,
): readonly ValueType[] {
  const rule = RULES[op];
  const application = new Application(op, inputs, attributes, context);
  const [min, greatest] = rule.takes;
  if (inputs.length < min || inputs.length > greatest) {
    const upTo = Number.isFinite(greatest) ? `${min} to ${greatest}` : `at least ${min}`;
    const expected = `${min === greatest ? min : upTo} inputs`;
    throw application.error(expected, `${inputs.length}`, `See ONNX' description of ${op}.`);
  }
  const types = rule.infer(application).map((type) => withShortNames(type, context.name));
  if (context.outputs > types.length) {
    throw application.error(`at most ${types.length} outputs`, `${context.outputs}`, 'Ask for fewer.');
  }
  return types;
}

/** Whether an operator of that name can stand in a graph. */
export function isOpType(name: string): name is OpType {
  return Object.hasOwn(RULES, name);
}

/** Names of sizes that are computed from one another can double with every node. */
const LONGEST_NAME = 256;

function withShortNames({ dtype, shape, sizes }: ValueType, name: string): ValueType {
  const shorten = (size: Dimension, axis: number): Dimension =>
    typeof size === 'string' && size.length > LONGEST_NAME ? `${name}.${axis}` : size;
  const isShort = (size: Dimension) => typeof size === 'number' || size.length <= LONGEST_NAME;
  if (shape.every(isShort) && (sizes?.every(isShort) ?? true)) return { dtype, shape, sizes };
  return { dtype, shape: shape.map(shorten), sizes: sizes?.map(shorten) };
}
