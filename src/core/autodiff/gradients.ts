/** @file Reverse-mode differentiation: emits the gradient of a loss into the graph that computes it. */

import { GraftError } from '../errors/graft-error.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { formatShape, product } from '../graph/dimension.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { OpType } from '../graph/operators.ts';
import type { DType } from '../tensor/dtype.ts';
import { zeros } from '../tensor/tensor.ts';
import { ARITHMETIC_GRADIENTS } from './arithmetic-rules.ts';
import { AXIS_GRADIENTS } from './axis-rules.ts';
import { ELEMENTWISE_GRADIENTS } from './elementwise-rules.ts';
import type { GradientRule, GradientRules } from './gradient-rule.ts';
import { MATRIX_GRADIENTS } from './matrix-rules.ts';
import { QUANTIZATION_GRADIENTS } from './quantization-rules.ts';
import { SHAPE_GRADIENTS } from './shape-rules.ts';
import type { Shortcut } from './shortcut.ts';
import { WINDOW_GRADIENTS } from './window-rules.ts';

const RULES: GradientRules<OpType> = {
  ...ARITHMETIC_GRADIENTS,
  ...ELEMENTWISE_GRADIENTS,
  ...AXIS_GRADIENTS,
  ...MATRIX_GRADIENTS,
  ...WINDOW_GRADIENTS,
  ...QUANTIZATION_GRADIENTS,
  ...SHAPE_GRADIENTS,
};

const CONTINUOUS: readonly DType[] = ['float32', 'float64', 'float16'];

/**
 * Emits the gradients of a loss. Only nodes on a path from `wrt` to the loss are differentiated.
 *
 * @param loss - One number: shape `[]`, or all ones.
 * @param wrt - Inputs, constants or inner values of the graph, floating point.
 * @param options.shortcuts - Gradients for several nodes at once.
 * @returns For each of `wrt`, in order, its gradient, of the same shape; zeros where the loss does not depend on it.
 * @throws {GraftError} `gradient`, if an operator on the path has no rule, or the loss is not one number.
 */
export function gradients(
  builder: GraphBuilder,
  loss: Value,
  wrt: readonly Value[],
  options: { readonly shortcuts?: readonly Shortcut[] } = {},
): Value[] {
  checkLoss(loss);
  const shortcuts = new Map(options.shortcuts?.map((shortcut) => [shortcut.output.name, shortcut]));
  const nodes = [...builder.nodes];
  const origins = reach(builder, nodes, wrt);
  const parts = new Map<string, Value[]>();
  const ones = { ...zeros('float32', loss.shape as readonly number[]) };
  ones.data.fill(1);
  parts.set(loss.name, [builder.cast(builder.constant(ones, 'one'), loss.dtype)]);
  const gradientOf = (name: string): Value | undefined => {
    const list = parts.get(name);
    if (list === undefined) return undefined;
    const total = list.reduce((a, b) => builder.add(a, b));
    parts.set(name, [total]);
    return total;
  };
  for (const node of nodes.reverse()) {
    const y = node.outputs[0] ?? '';
    if (!origins.has(y)) continue;
    const dy = gradientOf(y);
    if (dy === undefined) continue;
    const shortcut = shortcuts.get(y);
    const inputs = shortcut?.inputs.map(({ name }) => name) ?? node.inputs;
    const emits =
      shortcut?.rule(builder, dy) ?? applyRule(node, builder, dy, () => noRule(node, loss, origins.get(y)!));
    inputs.forEach((input, index) => {
      if (!origins.has(input)) return;
      const gradient = emits[index]?.();
      if (gradient !== undefined) parts.set(input, [...(parts.get(input) ?? []), gradient]);
    });
  }
  return wrt.map((value) => gradientOf(value.name) ?? builder.zerosLike(value));
}

/** Every value that depends on one of `wrt` through floating-point values, with the name of that one. */
function reach(builder: GraphBuilder, nodes: readonly Node[], wrt: readonly Value[]): Map<string, string> {
  const origins = new Map<string, string>(wrt.map((value) => [value.name, value.name]));
  for (const node of nodes) {
    const input = node.inputs.find((name) => origins.has(name));
    if (input === undefined) continue;
    for (const output of node.outputs) {
      if (output === '' || origins.has(output)) continue;
      if (CONTINUOUS.includes(builder.value(output).dtype)) origins.set(output, origins.get(input)!);
    }
  }
  return origins;
}

function applyRule(
  node: Node,
  ops: GraphBuilder,
  dy: Value,
  refusal: () => (reason: string) => GraftError,
): ReturnType<GradientRule<OpType>> {
  const rule = RULES[node.op] as GradientRules<OpType>[OpType];
  if (typeof rule !== 'function') throw refusal()(rule.notDifferentiable);
  const values = node.inputs.map((name) => (name === '' ? undefined : ops.value(name)));
  return (rule as GradientRule<OpType>)({
    ops,
    inputs: values as Value[],
    attributes: node.attributes,
    y: ops.value(node.outputs[0]!),
    dy,
    refuse: refusal(),
  });
}

function noRule(node: Node, loss: Value, origin: string): (reason: string) => GraftError {
  return (reason) =>
    new GraftError('gradient', {
      where: 'gradient',
      expected: `a rule for every op on the path from "${loss.name}" to "${origin}"`,
      received: `op "${node.op}" ("${node.name}"), which ${reason}`,
      advice: 'Freeze the layers before it, or add a rule.',
    });
}

function checkLoss(loss: Value): void {
  if (product(loss.shape) === 1 && CONTINUOUS.includes(loss.dtype)) return;
  throw new GraftError('gradient', {
    where: 'gradient',
    expected: 'a loss that is one floating-point number',
    received: `"${loss.name}", ${loss.dtype} ${formatShape(loss.shape)}`,
    advice: 'Reduce it to its sum or mean.',
  });
}
