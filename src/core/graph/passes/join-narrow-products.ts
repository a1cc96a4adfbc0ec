/**
 * @file Pass: the same sequences times several narrow matrices that are trained become one product: the first halves of adapters of query,
 * key and value. Of each, the gradients then read the sequences once, not once a matrix.
 */

import { integers } from '../../tensor/tensor.ts';
import type { Graph, Node, Value } from '../graph.ts';
import { Additions, findProducers, isOp, withNodes } from './rewrite.ts';

/** Of wider matrices, what is read is no longer what takes the time. */
const MAX_COLUMNS = 64;

export function joinNarrowProducts(graph: Graph): Graph {
  const groups = groupsOf(graph);
  if (groups.size === 0) return graph;
  const added = new Additions(graph);
  const done = new Set<Node>();
  const joined = new Set<Node>(
    [...groups.values()].flatMap((members) => members.map(({ product }) => product)),
  );
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const members = groups.get(node);
    if (members !== undefined) {
      // What makes their matrices may come later.
      const shapings = members.map(({ shaping }) => shaping).filter((shaping) => !done.has(shaping));
      for (const shaping of shapings) done.add(shaping);
      nodes.push(...shapings, ...joinedProduct(graph, added, members));
    } else if (!joined.has(node) && !done.has(node)) {
      done.add(node);
      nodes.push(node);
    }
  }
  return withNodes(graph, nodes, added);
}

interface Member {
  readonly product: Node<'MatMul'>;
  /** What makes the matrix of the vector that is fed: it can stand anywhere. */
  readonly shaping: Node<'Reshape'>;
  readonly columns: number;
}

/** Two products or more of one value, by the first of them. */
function groupsOf(graph: Graph): ReadonlyMap<Node, readonly Member[]> {
  const producers = findProducers(graph);
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const byLeft = new Map<string, Member[]>();
  const shaped = new Set<Node>();
  for (const product of graph.nodes) {
    if (!isOp(product, 'MatMul') || graph.values.get(product.inputs[0]!)!.shape.length !== 3) continue;
    const [left, right] = product.inputs as readonly [string, string];
    const shaping = producers.get(right);
    const [, columns, ...more] = graph.values.get(right)!.shape;
    if (!isOp(shaping, 'Reshape') || !inputs.has(shaping.inputs[0]!) || shaped.has(shaping)) continue;
    if (typeof columns !== 'number' || columns > MAX_COLUMNS || more.length > 0) continue;
    shaped.add(shaping);
    byLeft.set(left, [...(byLeft.get(left) ?? []), { product, shaping, columns }]);
  }
  return new Map(
    [...byLeft.values()]
      .filter(({ length }) => length > 1)
      .map((members) => [members[0]!.product, members] as const),
  );
}

function joinedProduct(graph: Graph, added: Additions, members: readonly Member[]): Node[] {
  const [first] = members as readonly [Member];
  const { name, inputs } = first.product;
  const left = graph.values.get(inputs[0]!)!;
  const columns = members.reduce((sum, member) => sum + member.columns, 0);
  const made = (part: string, shape: Value['shape']): string =>
    added.value(`${name}/${part}`, { dtype: left.dtype, shape });
  const matrix = made('matrices', [left.shape.at(-1)!, columns]);
  const together = made('together', [...left.shape.slice(0, -1), columns]);
  const matrices = members.map(({ product }) => product.inputs[1]!);
  const along = added.constant(`${name}/axis`, integers([2]));
  let end = 0;
  return [
    { name: matrix, op: 'Concat', inputs: matrices, outputs: [matrix], attributes: { axis: 1 } },
    { name: together, op: 'MatMul', inputs: [inputs[0]!, matrix], outputs: [together], attributes: {} },
    ...members.map(({ product, columns: own }): Node => {
      const start = end;
      end += own;
      const ends = [start, end].map((at) => added.constant(`${name}/${at}`, integers([at])));
      return {
        name: product.name,
        op: 'Slice',
        inputs: [together, ...ends, along],
        outputs: product.outputs,
        attributes: {},
      };
    }),
  ];
}
