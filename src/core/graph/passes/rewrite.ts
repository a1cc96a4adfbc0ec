/** @file What passes share: who reads a value, and a graph made anew from changed parts. */

import type { Tensor } from '../../tensor/tensor.ts';
import type { Graph, Node, Value } from '../graph.ts';
import type { OpType } from '../operators.ts';

/** A rewriting of graphs: a new graph that computes the same outputs, under the same names. */
export type Pass = (graph: Graph) => Graph;

/** How often each value is read, by nodes and as an output. */
export function countReaders(graph: Graph): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  const read = (name: string) => readers.set(name, (readers.get(name) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.forEach(read);
  for (const output of graph.outputs) read(output.name);
  return readers;
}

/** The node that makes each value. */
export function findProducers(graph: Graph): ReadonlyMap<string, Node> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
}

export function isOp<K extends OpType>(node: Node | undefined, op: K): node is Node<K> {
  return node?.op === op;
}

/** A graph with other nodes; values that nothing makes any more are left out. */
export function withNodes(
  graph: Graph,
  nodes: readonly Node[],
  changes: { readonly constants?: Graph['constants']; readonly values?: Graph['values'] } = {},
): Graph {
  const constants = changes.constants ?? graph.constants;
  const known = changes.values ?? graph.values;
  const values = new Map<string, Value>();
  const keep = (name: string) => {
    const value = known.get(name);
    if (value !== undefined) values.set(name, value);
  };
  for (const input of graph.inputs) keep(input.name);
  for (const name of constants.keys()) keep(name);
  for (const node of nodes) node.outputs.forEach(keep);
  return { ...graph, nodes, constants, values };
}

/** A node that reads other values: each input is replaced by what `rename` has for it. */
export function renameInputs(node: Node, rename: ReadonlyMap<string, string>): Node {
  if (!node.inputs.some((input) => rename.has(input))) return node;
  return { ...node, inputs: node.inputs.map((input) => rename.get(input) ?? input) };
}

/** What a pass adds to a graph, beside what is there: the changes for {@link withNodes}. */
export class Additions {
  readonly constants: Map<string, Tensor>;
  readonly values: Map<string, Value>;

  constructor(graph: Graph) {
    this.constants = new Map(graph.constants);
    this.values = new Map(graph.values);
  }

  /** @returns The constant's name: `base`, with a number behind it if the graph has that already. */
  constant(base: string, tensor: Tensor): string {
    const name = this.value(base, tensor);
    this.constants.set(name, tensor);
    return name;
  }

  /** @returns The name of a value that a new node makes, as {@link constant} names it. */
  value(base: string, { dtype, shape }: Pick<Value, 'dtype' | 'shape'>): string {
    let name = base;
    for (let suffix = 1; this.values.has(name); suffix++) name = `${base}_${suffix}`;
    this.values.set(name, { name, dtype, shape });
    return name;
  }
}

/** A constant of float32; undefined for any other, and for what is computed. */
export function floatConstant(graph: Graph, name: string | undefined): Tensor<'float32'> | undefined {
  const tensor = graph.constants.get(name ?? '');
  return tensor?.dtype === 'float32' ? (tensor as Tensor<'float32'>) : undefined;
}

/** Whether an optional input is there. */
export function hasInput(node: Node, index: number): boolean {
  return (node.inputs[index] ?? '') !== '';
}
