/** @file Where the channels stand in a value of an ONNX file, which tells nothing of its axes. */

import type { Graph, Node, Value } from '../../core/graph/graph.ts';
import type { Layout } from '../../core/layers/layer.ts';

/** What convolutions and their poolings take and give. */
const SPATIAL = new Set([
  'Conv',
  'ConvTranspose',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
]);

/** Operators that leave no axis where it was, or none that can be told. */
const UNTOLD = new Set(['Squeeze', 'Unsqueeze', 'Expand', 'Gather', 'MatMul', 'Gemm', 'Shape']);

/** Where the channels stand in a map that a node pools over all its positions; undefined for any other node. */
export function pooledLayout(graph: Graph, node: Node): Layout | undefined {
  if (node.op === 'GlobalAveragePool' || node.op === 'GlobalMaxPool') return 'channelsFirst';
  const shape = graph.values.get(node.inputs[0] ?? '')?.shape ?? [];
  if (shape.length !== 4) return undefined;
  if (node.op === 'AveragePool' || node.op === 'MaxPool') {
    const window = (node as Node<'AveragePool'>).attributes.kernel_shape;
    return window.every((size, axis) => size === shape[axis + 2]) ? 'channelsFirst' : undefined;
  }
  if (node.op !== 'ReduceMean' && node.op !== 'ReduceMax') return undefined;
  const given = graph.constants.get(node.inputs[1] ?? '')?.data ?? [];
  const axes = Array.from<number | bigint, number>(given as ArrayLike<number | bigint>, (axis) =>
    Number(axis) < 0 ? Number(axis) + shape.length : Number(axis),
  );
  // All positions, and nothing but them.
  const positions = axes.sort((a, b) => a - b).join();
  if (positions === '2,3') return 'channelsFirst';
  return positions === '1,2' ? 'plain' : undefined;
}

/** Where the channels of a value stand for the nodes that read it: convolutions and poolings tell. */
export function readLayout(graph: Graph, name: string): Layout | undefined {
  const layouts = graph.nodes
    .filter(({ inputs }) => inputs[0] === name)
    .map((node) => (SPATIAL.has(node.op) ? 'channelsFirst' : pooledLayout(graph, node)));
  return layouts.find((layout) => layout !== undefined);
}

/**
 * The order of the axes of a graph's output. What convolutions give is NCHW; transposes are followed from there, and
 * positions that become one axis, as the tokens of a transformer, and two again.
 *
 * @param read - How what reads the output takes its axes, where that is known.
 */
export function detectLayout(graph: Graph, inputLayout: Layout, read?: Layout): Layout {
  const orders = new Map<string, string | undefined>();
  orders.set(graph.inputs[0]!.name, inputLayout === 'channelsFirst' ? 'NCHW' : 'NHWC');
  for (const node of graph.nodes) {
    const order = orderOf(graph, node, orders);
    for (const name of node.outputs) orders.set(name, order);
  }
  const { name, shape } = graph.outputs[0]!;
  if (shape.length !== 4) return 'plain';
  return read ?? (orders.get(name) === 'NCHW' ? 'channelsFirst' : 'plain');
}

/** Letters of the axes: N, C, H, W, and L for positions in one axis. */
function orderOf(
  graph: Graph,
  node: Node,
  orders: ReadonlyMap<string, string | undefined>,
): string | undefined {
  if (SPATIAL.has(node.op)) return 'NCHW';
  const known = node.inputs.find((name) => orders.get(name) !== undefined);
  const from = orders.get(known ?? '');
  if (known === undefined || from === undefined) return undefined;
  if (node.op === 'Transpose') {
    return (node as Node<'Transpose'>).attributes.perm.map((axis) => from[axis]).join('');
  }
  if (node.op === 'Reshape' || node.op === 'Flatten') {
    return reshapedOrder(from, graph.values.get(known)!, graph.values.get(node.outputs[0]!)!);
  }
  // A product with a matrix changes the last axis alone.
  if (node.op === 'MatMul' && graph.constants.get(node.inputs[1]!)?.shape.length === 2) return from;
  return UNTOLD.has(node.op) ? undefined : from;
}

function reshapedOrder(from: string, { shape: before }: Value, { shape: after }: Value): string | undefined {
  const keeps = (axis: number, other: number) => before.at(axis) === after.at(other);
  if (after.length === before.length && after.every((size, axis) => size === before[axis])) return from;
  if (!keeps(0, 0)) return undefined;
  if (from === 'NCHW' && after.length === 3 && keeps(1, 1)) return 'NCL';
  if (from === 'NHWC' && after.length === 3 && keeps(-1, -1)) return 'NLC';
  if (from === 'NCL' && after.length === 4 && keeps(1, 1)) return 'NCHW';
  return from === 'NLC' && after.length === 4 && keeps(-1, -1) ? 'NHWC' : undefined;
}
