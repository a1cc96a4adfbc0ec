/** @file Pass: makes one Transpose of two in a row, and none of two that cancel. */

import type { Graph, Node } from '../graph.ts';
import { findProducers, isOp, renameInputs, withNodes } from './rewrite.ts';

export function mergeTransposes(graph: Graph): Graph {
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const merged = new Map(findProducers(graph));
  const aliases = new Map<string, string>();
  const nodes: Node[] = [];
  for (const original of graph.nodes) {
    let node = renameInputs(original, aliases);
    if (isOp(node, 'Transpose')) {
      const before = merged.get(node.inputs[0]!);
      if (isOp(before, 'Transpose')) {
        const perm = node.attributes.perm.map((axis) => before.attributes.perm[axis]!);
        node = { ...node, inputs: before.inputs, attributes: { perm } };
      }
      const [from, to] = [node.inputs[0]!, node.outputs[0]!];
      merged.set(to, node);
      const idle = isOp(node, 'Transpose') && node.attributes.perm.every((axis, i) => axis === i);
      if (idle && !outputs.has(to)) {
        aliases.set(to, from);
        continue;
      }
      if (idle) node = { ...node, op: 'Identity', attributes: {} };
    }
    nodes.push(node);
  }
  return withNodes(graph, nodes);
}
