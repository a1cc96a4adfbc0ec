/**
 * @file Pass: an AveragePool before a Conv of 1 x 1 changes places with it, where that makes fewer channels to average. One mixes
 * positions and the other channels, so the order makes no difference; biases stay, for the weights of an average add up to 1.
 */

import type { Graph, Node, Value } from '../graph.ts';
import { Additions, countReaders, findProducers, floatConstant, isOp, withNodes } from './rewrite.ts';

export function poolAfterPointwise(graph: Graph): Graph {
  const readers = countReaders(graph);
  const producers = findProducers(graph);
  const added = new Additions(graph);
  const replaced = new Map<Node, readonly Node[]>();
  for (const conv of graph.nodes) {
    if (!isOp(conv, 'Conv') || !isPointwise(graph, conv)) continue;
    const pool = producers.get(conv.inputs[0]!);
    if (!isOp(pool, 'AveragePool') || readers.get(pool.outputs[0]!) !== 1) continue;
    const [source, pooled] = [pool.inputs[0]!, conv.outputs[0]!].map((name) => graph.values.get(name)!);
    if (!sparesWork(source!, pooled!) || countsPads(pool)) continue;
    const [batch = 'N', , ...positions] = source!.shape;
    const shape = [batch, pooled!.shape[1]!, ...positions];
    const mixed = added.value(`${pooled!.name}/before-pool`, { dtype: pooled!.dtype, shape });
    replaced.set(pool, []);
    replaced.set(conv, [
      { ...conv, inputs: [source!.name, ...conv.inputs.slice(1)], outputs: [mixed] },
      { ...pool, inputs: [mixed], outputs: conv.outputs },
    ]);
  }
  const nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node]);
  return withNodes(graph, nodes, added);
}

function isPointwise(graph: Graph, { attributes, inputs }: Node<'Conv'>): boolean {
  const [, , ...window] = floatConstant(graph, inputs[1])?.shape ?? [];
  const { group = 1, strides = [] } = attributes;
  return group === 1 && window.length > 0 && [...window, ...strides].every((size) => size === 1);
}

/** Fewer channels, of the same positions: no pads, then, and none left out. */
function sparesWork({ shape: before }: Value, { shape: after }: Value): boolean {
  const [from, to] = [before[1], after[1]];
  if (typeof from !== 'number' || typeof to !== 'number' || to >= from) return false;
  return before.slice(2).every((size, axis) => typeof size === 'number' && size === after[axis + 2]);
}

/** Then an average at the border is of zeros, too, and a bias counts less there. */
function countsPads({ attributes: { count_include_pad = 0, pads = [] } }: Node<'AveragePool'>): boolean {
  return count_include_pad !== 0 && pads.some((pad) => pad !== 0);
}
