/**
 * @file Gradients of normalizations and GELU along sequences, in fewer passes over `[N, S, D]`. They are computed from what goes in
 * alone: ONNX Runtime then has one kernel for the forward pass, and nothing of what lies between has to be kept.
 */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { Shortcut } from './shortcut.ts';

/** Finds the nodes that have one, among all that are emitted; of sequences whose length is free alone. */
export function findSequenceShortcuts(builder: GraphBuilder): Shortcut[] {
  const pattern = new Pattern(builder);
  return builder.nodes.flatMap((node) => {
    const found =
      layerNormalization(pattern, node) ??
      rootMeanSquare(pattern, node) ??
      gelu(pattern, node) ??
      geluByTanh(pattern, node);
    return found === undefined || !isSequence(found.inputs[0]!) ? [] : [found];
  });
}

/** Images have sizes: their steps stay as they are, to the bit. */
function isSequence({ shape }: Value): boolean {
  return shape.length === 3 && typeof shape[1] === 'string' && typeof shape[2] === 'number';
}

/** `(x - mean) / sqrt(variance + epsilon)`, as `emitLayerNormalization` has it. */
function layerNormalization(pattern: Pattern, node: Node): Shortcut | undefined {
  const division = pattern.of(node, 'Div');
  const [centered, deviation] = division?.inputs ?? [];
  const [x, mean] = pattern.inputs(centered, 'Sub') ?? [];
  if (pattern.inputs(mean, 'ReduceMean')?.[0] !== x) return undefined;
  const [variance, epsilon] = pattern.inputs(pattern.inputs(deviation, 'Sqrt')?.[0], 'Add') ?? [];
  const square = pattern.inputs(pattern.inputs(variance, 'ReduceMean')?.[0], 'Pow')?.[0];
  const added = pattern.scalar(epsilon);
  if (x === undefined || square !== centered || added === undefined) return undefined;
  return {
    output: pattern.value(node.outputs[0]!),
    inputs: [pattern.value(x)],
    rule: (ops, dy) => [() => layerNormalizationGradient(ops, pattern.value(x), dy, added)],
  };
}

function layerNormalizationGradient(ops: Ops, x: Value, dy: Value, epsilon: number): Value {
  const mean = meanOf(ops);
  const centered = ops.sub(x, mean(x));
  const scale = reciprocalRoot(ops, mean(ops.square(centered)), epsilon);
  // dx = r (dy - mean(dy) - c r^2 mean(dy c)), with r = 1 / deviation and c = x - mean.
  const along = ops.mul(mean(ops.mul(dy, centered)), ops.mul(ops.square(scale), scale));
  return ops.sub(ops.mul(ops.sub(dy, mean(dy)), scale), ops.mul(centered, along));
}

/** `x / sqrt(mean(x^2) + epsilon)`, as RMSNormalization has it. */
function rootMeanSquare(pattern: Pattern, node: Node): Shortcut | undefined {
  const [x, root] = pattern.of(node, 'Div')?.inputs ?? [];
  const [mean, epsilon] = pattern.inputs(pattern.inputs(root, 'Sqrt')?.[0], 'Add') ?? [];
  const square = pattern.inputs(pattern.inputs(mean, 'ReduceMean')?.[0], 'Pow')?.[0];
  const added = pattern.scalar(epsilon);
  if (x === undefined || square !== x || added === undefined) return undefined;
  return {
    output: pattern.value(node.outputs[0]!),
    inputs: [pattern.value(x)],
    rule: (ops, dy) => [
      () => {
        const value = pattern.value(x);
        const meanAlong = meanOf(ops);
        const scale = reciprocalRoot(ops, meanAlong(ops.square(value)), added);
        const along = ops.mul(meanAlong(ops.mul(dy, value)), ops.mul(ops.square(scale), scale));
        return ops.sub(ops.mul(dy, scale), ops.mul(value, along));
      },
    ],
  };
}

/** GELU by the error function, `0.5 x (1 + erf(x / sqrt(2)))`. */
function gelu(pattern: Pattern, node: Node): Shortcut | undefined {
  const [half, rest] = pattern.of(node, 'Mul')?.inputs ?? [];
  const x = pattern.scaled(half, 0.5);
  const [erf, one] = pattern.inputs(rest, 'Add') ?? [];
  if (x === undefined || pattern.scalar(one) !== 1) return undefined;
  if (pattern.scaled(pattern.inputs(erf, 'Erf')?.[0], Math.SQRT1_2) !== x) return undefined;
  return {
    output: pattern.value(node.outputs[0]!),
    inputs: [pattern.value(x)],
    rule: (ops, dy) => [() => ops.mul(erfSlope(ops, pattern.value(x)), dy)],
  };
}

/** `P(X <= x) + x p(x)`. A division: ONNX Runtime would keep the product of the forward pass, and have no kernel for it then. */
function erfSlope(ops: Ops, x: Value): Value {
  const below = ops.mul(ops.add(ops.erf(ops.div(x, Math.SQRT2)), 1), 0.5);
  const density = ops.mul(ops.exp(ops.mul(ops.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return ops.add(below, ops.mul(x, density));
}

/** GELU by a tanh, as `gelu_approximate` has it: `x s` with `s = sigmoid(x (a + b x^2))`. */
function geluByTanh(pattern: Pattern, node: Node): Shortcut | undefined {
  const [x, gate] = pattern.of(node, 'Mul')?.inputs ?? [];
  const [outer, inner] = pattern.inputs(pattern.inputs(gate, 'Sigmoid')?.[0], 'Mul') ?? [];
  const [scaled, linear] = pattern.inputs(inner, 'Add') ?? [];
  const [square, cubic] = pattern.inputs(scaled, 'Mul') ?? [];
  const [first, second] = pattern.inputs(square, 'Mul') ?? [];
  const [a, b] = [pattern.scalar(linear), pattern.scalar(cubic)];
  if (a === undefined || b === undefined || x === undefined) return undefined;
  if (![outer, first, second].every((each) => each === x)) return undefined;
  return {
    output: pattern.value(node.outputs[0]!),
    inputs: [pattern.value(x)],
    // s (1 + x (1 - s) (a + 3 b x^2)). s is kept; the rest is computed anew, in another order, so that it need not be.
    rule: (ops, dy) => [
      () => {
        const [value, s] = [pattern.value(x), pattern.value(gate!)];
        const slope = ops.add(ops.square(ops.mul(value, Math.sqrt(3 * b))), a);
        const along = ops.mul(ops.mul(value, ops.sub(1, s)), slope);
        return ops.mul(ops.mul(s, ops.add(along, 1)), dy);
      },
    ],
  };
}

/** Means along the last axis: by a sum, so that ONNX Runtime does not keep those of the forward pass. */
function meanOf(ops: Ops): (x: Value) => Value {
  return (x) => ops.mul(ops.sum(x, [-1], 1), 1 / Number(x.shape.at(-1)));
}

function reciprocalRoot(ops: Ops, square: Value, epsilon: number): Value {
  return ops.reciprocal(ops.sqrt(ops.add(square, epsilon)));
}

/** Nodes by what they give. */
class Pattern {
  readonly #builder: GraphBuilder;
  readonly #nodes: ReadonlyMap<string, Node>;

  constructor(builder: GraphBuilder) {
    this.#builder = builder;
    this.#nodes = new Map(
      builder.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
    );
  }

  value(name: string): Value {
    return this.#builder.value(name);
  }

  of(node: Node, op: Node['op']): Node | undefined {
    return node.op === op ? node : undefined;
  }

  /** The inputs of the node that gives a value, if it is of that operator. */
  inputs(name: string | undefined, op: Node['op']): readonly string[] | undefined {
    const node = this.#nodes.get(name ?? '');
    return node?.op === op ? node.inputs : undefined;
  }

  /** A constant number. */
  scalar(name: string | undefined): number | undefined {
    const data = name === undefined ? undefined : this.#builder.constantOf(this.value(name))?.data;
    return data?.length === 1 ? Number(data[0]) : undefined;
  }

  /** What is multiplied by a number, if a value is that. */
  scaled(name: string | undefined, factor: number): string | undefined {
    const [x, by] = this.inputs(name, 'Mul') ?? [];
    return this.scalar(by) === Math.fround(factor) ? x : undefined;
  }
}
