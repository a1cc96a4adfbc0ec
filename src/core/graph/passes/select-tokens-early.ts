/**
 * @file Pass: where one token of a sequence is picked, all that is computed of every token by itself is computed of that one alone:
 * most of a Transformer's last block.
 */

import type { Graph, Node, Value } from '../graph.ts';
import type { OpType } from '../operators.ts';
import { Additions, findProducers, isOp, renameInputs, withNodes } from './rewrite.ts';

/** What leaves every position to itself. */
const POINTWISE: ReadonlySet<OpType> = new Set<OpType>([
  ...([
    'Add',
    'Sub',
    'Mul',
    'Div',
    'Pow',
    'Sqrt',
    'Reciprocal',
    'Exp',
    'Erf',
    'Tanh',
    'Sigmoid',
    'Relu',
  ] as const),
]);

export function selectTokensEarly(graph: Graph): Graph {
  const producers = findProducers(graph);
  return graph.nodes.reduce((changed, node) => {
    const picked = pickedOf(graph, node, producers);
    return picked === undefined ? changed : moveBefore(changed, node, picked);
  }, graph);
}

/** A node that picks one position of every sequence: `[N, S, D]` to `[N, 1, D]`. */
interface Picked {
  /** Position of the sequence among its inputs. */
  readonly input: 0 | 1;
  readonly sequence: Value;
}

function pickedOf(graph: Graph, node: Node, producers: ReadonlyMap<string, Node>): Picked | undefined {
  const input = isOneHot(node, producers) ? 1 : isOneRow(graph, node) ? 0 : undefined;
  const sequence = input === undefined ? undefined : graph.values.get(node.inputs[input]!);
  return sequence !== undefined && isFreeSequence(sequence) ? { input: input!, sequence } : undefined;
}

/** Sequences whose length is not known yet: of images, orders and sizes stay as they are. */
function isFreeSequence({ shape, dtype }: Value): boolean {
  return dtype === 'float32' && shape.length === 3 && typeof shape[1] === 'string';
}

/** The product with a row that has a 1 at one place, as TokenPooling has it. */
function isOneHot(node: Node, producers: ReadonlyMap<string, Node>): boolean {
  if (!isOp(node, 'MatMul')) return false;
  const cast = producers.get(producers.get(node.inputs[0]!)?.inputs[0] ?? '');
  return (
    isOp(producers.get(node.inputs[0]!), 'Unsqueeze') &&
    isOp(cast, 'Cast') &&
    isOp(producers.get(cast.inputs[0]!), 'Equal')
  );
}

function isOneRow(graph: Graph, node: Node): boolean {
  return (
    isOp(node, 'Gather') &&
    node.attributes.axis === 1 &&
    graph.constants.get(node.inputs[1]!)?.shape.join() === '1'
  );
}

function moveBefore(graph: Graph, pick: Node, { input, sequence }: Picked): Graph {
  const length = sequence.shape[1];
  const isAlong = (name: string): boolean => {
    const shape = graph.values.get(name)?.shape ?? [];
    return shape.length === 3 && shape[1] === length;
  };
  const region = regionBefore(graph, pick, isAlong);
  if (!region.has(sequence.name)) return graph;
  const added = new Additions(graph);
  const nodes: Node[] = [];
  const selected = new Map<string, string>();
  const select = (name: string): string => {
    const known = selected.get(name);
    if (known !== undefined) return known;
    const value = graph.values.get(name)!;
    const output = added.value(`${name}/picked`, { dtype: value.dtype, shape: ofOne(value) });
    const inputs = pick.inputs.map((each, index) => (index === input ? name : each));
    nodes.push({ ...pick, name: output, inputs, outputs: [output] });
    selected.set(name, output);
    return output;
  };
  const behind = nodesBehind(graph, pick);
  for (const node of graph.nodes) {
    if (node !== pick && !region.has(node.outputs[0]!) && !behind.has(node)) nodes.push(node);
  }
  for (const node of graph.nodes) {
    const [output = ''] = node.outputs;
    if (!region.has(output)) continue;
    const value = graph.values.get(output)!;
    const inputs = node.inputs.map((name) => (!region.has(name) && isAlong(name) ? select(name) : name));
    nodes.push({ ...node, inputs });
    added.values.set(output, { ...value, shape: ofOne(value) });
  }
  const renamed = new Map([[pick.outputs[0]!, sequence.name]]);
  for (const node of graph.nodes) if (behind.has(node)) nodes.push(renameInputs(node, renamed));
  return withNodes(graph, nodes, added);
}

/** What is read by nothing else than the pick, and leaves positions to themselves. */
function regionBefore(graph: Graph, pick: Node, isAlong: (name: string) => boolean): ReadonlySet<string> {
  const region = new Set<string>();
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const isMine = (reader: Node): boolean => reader === pick || region.has(reader.outputs[0]!);
  for (const node of graph.nodes.toReversed()) {
    const [output = ''] = node.outputs;
    const read = readers.get(output) ?? [];
    if (!isAlong(output) || outputs.has(output) || read.length === 0 || !read.every(isMine)) continue;
    if (isPointwise(graph, node, isAlong)) region.add(output);
  }
  return region;
}

function isPointwise(graph: Graph, node: Node, isAlong: (name: string) => boolean): boolean {
  const [first = '', second = ''] = node.inputs;
  const rank = (name: string): number => graph.values.get(name)?.shape.length ?? 0;
  if (isOp(node, 'MatMul')) return isAlong(first) && rank(second) === 2;
  if (isOp(node, 'ReduceMean')) {
    const axes = Array.from(graph.constants.get(second)?.data ?? [], Number);
    return (
      isAlong(first) && node.attributes.keepdims !== 0 && axes.length === 1 && [-1, 2].includes(axes[0]!)
    );
  }
  return POINTWISE.has(node.op) && node.inputs.every((name) => isAlong(name) || rank(name) < 2);
}

/** What depends on a node. */
function nodesBehind(graph: Graph, pick: Node): ReadonlySet<Node> {
  const behind = new Set<Node>();
  const names = new Set(pick.outputs);
  for (const node of graph.nodes) {
    if (!node.inputs.some((name) => names.has(name))) continue;
    behind.add(node);
    for (const output of node.outputs) names.add(output);
  }
  return behind;
}

function ofOne({ shape }: Value): Value['shape'] {
  return [shape[0]!, 1, shape[2]!];
}
