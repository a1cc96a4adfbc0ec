/**
 * @file Arithmetic along sequences, one sample after the other: long runs of elementwise operators become the body of a Scan over the
 * batch. What lies between two of them then stays in the processor's cache instead of going to memory and back. Not a bit changes.
 */

import type { Graph, Node, Value } from '../graph/graph.ts';
import type { OpType } from '../graph/operators.ts';

/** Nodes that stand in one Scan, in their order. */
export interface SampleRun {
  readonly nodes: readonly Node[];
  /** Values `[N, S, D]` that are read sample by sample; whatever else is read is the same for all. */
  readonly inputs: readonly string[];
  /** What others read of it. */
  readonly outputs: readonly string[];
}

/** Without Pow, ReduceMean and Erf: they belong to normalizations and GELU, for which ONNX Runtime has kernels of its own. */
const ELEMENTWISE: ReadonlySet<OpType> = new Set<OpType>([
  ...(['Add', 'Sub', 'Mul', 'Div', 'Neg', 'Sqrt', 'Reciprocal', 'Relu'] as const),
]);

/** What is left behind the last block is rounded otherwise: samples must end where blocks do. */
const IN_BLOCKS: ReadonlySet<OpType> = new Set<OpType>(['Exp', 'Tanh', 'Sigmoid']);
const BLOCK = 16;

/** What may be done before a run that it stands within. */
const LIGHT: ReadonlySet<OpType> = new Set<OpType>([
  ...(['Reshape', 'Shape', 'Squeeze', 'Unsqueeze', 'Range', 'Concat', 'Expand', 'Cast', 'Identity'] as const),
]);

/** Shorter runs are not worth a Scan; nor are those without wide rows, which are in the cache anyway. */
const MIN_NODES = 4;
const MIN_WIDTH = 1024;

/** The nodes of a graph, in an order in which they can run, with the runs among them. */
export function findSampleRuns(graph: Graph): (Node | SampleRun)[] {
  const isElementwise = elementwiseAlongSequences(graph);
  const readers = readersOf(graph);
  const result: (Node | SampleRun)[] = [];
  let open: Node[] = [];
  let made = new Set<string>();
  const close = (): void => {
    const isWide = open.some((node) => Number(sizesOf(graph, node).shape[2]) >= MIN_WIDTH);
    const isWorth = isWide && open.length >= MIN_NODES;
    result.push(...(isWorth ? [toRun(graph, open, made, readers)] : open));
    open = [];
    made = new Set();
  };
  for (const node of graph.nodes) {
    if (isElementwise(node)) {
      if (open.length > 0 && !isAlike(sizesOf(graph, node), sizesOf(graph, open[0]!))) close();
      open.push(node);
      for (const output of node.outputs) made.add(output);
    } else if (LIGHT.has(node.op) && !node.inputs.some((name) => made.has(name))) {
      result.push(node);
    } else {
      close();
      result.push(node);
    }
  }
  close();
  return result;
}

function toRun(
  graph: Graph,
  nodes: readonly Node[],
  made: ReadonlySet<string>,
  readers: ReadonlyMap<string, readonly (Node | undefined)[]>,
): SampleRun {
  const mine = new Set<Node | undefined>(nodes);
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const outputs = nodes.flatMap((node) => node.outputs);
  return {
    nodes,
    inputs: [...read].filter((name) => !made.has(name) && isSequence(graph.values.get(name))),
    outputs: outputs.filter((name) => readers.get(name)?.some((reader) => !mine.has(reader)) === true),
  };
}

/** Whether a node leaves samples to themselves, all of them sequences whose length is not known yet: of images, nothing changes. */
function elementwiseAlongSequences(graph: Graph): (node: Node) => boolean {
  const statistics = forwardStatistics(graph);
  return (node) => {
    if (!isSequence(graph.values.get(node.outputs[0]!))) return false;
    if ([...node.inputs, ...node.outputs].some((name) => statistics.has(name))) return false;
    const [first = ''] = node.inputs;
    if (node.op === 'ReduceSum') return isAlongLast(graph, node) && isSequence(graph.values.get(first));
    const size = sizesOf(graph, node);
    const isWhole = Number(size.shape.at(-1)) % BLOCK === 0;
    return (
      (ELEMENTWISE.has(node.op) || (IN_BLOCKS.has(node.op) && isWhole)) &&
      node.inputs.every((name) => {
        const value = graph.values.get(name);
        return value !== undefined && (value.shape.length < 2 || (isSequence(value) && isAlike(value, size)));
      })
    );
  };
}

/** Means and deviations of normalizations in the forward pass, `[N, S, 1]`. */
function forwardStatistics(graph: Graph): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { op, inputs, outputs } of graph.nodes) {
    const isNarrow = graph.values.get(outputs[0]!)?.shape.at(-1) === 1;
    if (op === 'ReduceMean' || (isNarrow && inputs.some((name) => found.has(name)))) found.add(outputs[0]!);
  }
  return found;
}

function isAlongLast(graph: Graph, { inputs, attributes }: Node): boolean {
  const axes = Array.from(graph.constants.get(inputs[1] ?? '')?.data ?? [], Number);
  return axes.join() === '-1' && (attributes as { keepdims?: 0 | 1 }).keepdims !== 0;
}

/** `[N, S, D]` with a known D. */
function isSequence(value: Value | undefined): boolean {
  if (value?.dtype !== 'float32' || value.shape.length !== 3) return false;
  const [batch, length, width] = value.shape;
  return typeof batch === 'string' && typeof length === 'string' && typeof width === 'number';
}

function sizesOf(graph: Graph, node: Node): Value {
  return graph.values.get(node.outputs[0]!)!;
}

/** As many samples, as long. */
function isAlike({ shape: a }: Value, { shape: b }: Value): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

/** Who reads a value; undefined stands for whoever wants the outputs. */
function readersOf(graph: Graph): ReadonlyMap<string, readonly (Node | undefined)[]> {
  const readers = new Map<string, (Node | undefined)[]>();
  const add = (name: string, reader: Node | undefined): void => {
    readers.set(name, [...(readers.get(name) ?? []), reader]);
  };
  for (const node of graph.nodes) for (const name of node.inputs) add(name, node);
  for (const { name } of graph.outputs) add(name, undefined);
  return readers;
}
