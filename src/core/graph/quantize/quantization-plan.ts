/** @file Which operators of a graph shall work on bytes, and of which values the range must be known for it. */

import type { Graph, Node } from '../graph.ts';
import type { OpType } from '../operators.ts';
import { countReaders, isOp } from '../passes/rewrite.ts';

/** An operator on bytes. */
export interface ByteNode {
  readonly node: Node;
  /** The activation after it: where bytes end, so does its range. */
  readonly activation: Node | undefined;
  /** The value that it makes, after the activation. */
  readonly output: string;
}

export interface QuantizationPlan {
  /** By the node. */
  readonly byteNodes: ReadonlyMap<Node, ByteNode>;
  /** Activations that are part of the operator before. */
  readonly absorbed: ReadonlySet<Node>;
  /** For every value that is to be had in bytes, the one whose range they have: another one, where bytes only move. */
  readonly rangeOf: ReadonlyMap<string, string>;
}

/** Take bytes and give bytes of the same meaning. */
const MOVING: ReadonlySet<OpType> = new Set<OpType>([
  'MaxPool',
  'Transpose',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
]);

/** Worth it only between operators on bytes. */
const JOINING: ReadonlySet<OpType> = new Set<OpType>([
  'Add',
  'Mul',
  'Concat',
  'AveragePool',
  'GlobalAveragePool',
]);

/**
 * Plans bytes for every convolution, and for what stands between two of them. What only leads to an output is left in
 * float32, where it is more exact.
 *
 * @param graph - Simplified: batch normalization is part of the convolutions.
 */
export function planQuantization(graph: Graph): QuantizationPlan {
  const kept = new Set<Node>();
  for (;;) {
    const plan = planOnce(graph, kept);
    const idle = idleJoins(graph, plan);
    if (idle.length === 0) return plan;
    for (const node of idle) kept.add(node);
  }
}

function planOnce(graph: Graph, kept: ReadonlySet<Node>): QuantizationPlan {
  const byteNodes = new Map<Node, ByteNode>();
  const absorbed = new Set<Node>();
  const rangeOf = new Map<string, string>();
  const activationAfter = findActivations(graph, kept);
  for (const node of graph.nodes) {
    if (kept.has(node) || absorbed.has(node)) continue;
    const known = node.inputs.every((input) => rangeOf.has(input));
    const [x] = node.inputs as [string];
    if (MOVING.has(node.op) && node.outputs.length === 1 && rangeOf.has(x)) {
      const [output] = node.outputs as [string];
      rangeOf.set(output, rangeOf.get(x)!);
      byteNodes.set(node, { node, activation: undefined, output });
    } else if (isPlainConv(graph, node) || (JOINING.has(node.op) && known)) {
      const activation = activationAfter.get(node);
      const output = (activation ?? node).outputs[0]!;
      if (activation !== undefined) absorbed.add(activation);
      if (!rangeOf.has(x)) rangeOf.set(x, x);
      rangeOf.set(output, output);
      byteNodes.set(node, { node, activation, output });
    }
  }
  return { byteNodes, absorbed, rangeOf };
}

/** ONNX Runtime's convolution of bytes wants one kernel for all images, and images with two axes. */
function isPlainConv(graph: Graph, node: Node): boolean {
  if (!isOp(node, 'Conv')) return false;
  const [, kernel, bias = ''] = node.inputs;
  const w = graph.constants.get(kernel!);
  const known = bias === '' || graph.constants.get(bias)?.dtype === 'float32';
  return w?.dtype === 'float32' && w.shape.length === 4 && known;
}

/** The ReLU, also one with an upper bound, that alone reads a node's output. */
function findActivations(graph: Graph, kept: ReadonlySet<Node>): ReadonlyMap<Node, Node> {
  const readers = countReaders(graph);
  const producers = new Map(graph.nodes.map((node) => [node.outputs[0]!, node]));
  const found = new Map<Node, Node>();
  for (const node of graph.nodes) {
    const [x, low = ''] = node.inputs as [string, string?];
    const cutsAtZero = isOp(node, 'Relu') || (isOp(node, 'Clip') && graph.constants.get(low)?.data[0] === 0);
    const maker = producers.get(x);
    if (!cutsAtZero || kept.has(node) || readers.get(x) !== 1 || maker === undefined) continue;
    if (maker.outputs.length === 1) found.set(maker, node);
  }
  return found;
}

/** Nodes that join bytes, though none but operators on numbers read what they make. */
function idleJoins(graph: Graph, { byteNodes }: QuantizationPlan): Node[] {
  const wanted = new Set<string>();
  const idle: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    const bytes = byteNodes.get(node);
    if (bytes === undefined) continue;
    if (MOVING.has(node.op) && !wanted.has(bytes.output)) continue;
    if (JOINING.has(node.op) && !wanted.has(bytes.output)) idle.push(node);
    else for (const input of node.inputs) wanted.add(input);
  }
  return idle;
}
