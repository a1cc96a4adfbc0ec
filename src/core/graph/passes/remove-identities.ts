/** @file Pass: drops Identity nodes. Those that give an output its name go only where the name can move. */

import type { Graph, Node } from '../graph.ts';
import { countReaders, findProducers, isOp, renameInputs, withNodes } from './rewrite.ts';

export function removeIdentities(graph: Graph): Graph {
  const readers = countReaders(graph);
  const producers = findProducers(graph);
  const outputs = new Set(graph.outputs.map((output) => output.name));
  /** Values that are read under another name from now on. */
  const aliases = new Map<string, string>();
  /** Values that are made under another name from now on. */
  const renamed = new Map<string, string>();
  const dropped = new Set<Node>();
  for (const node of graph.nodes) {
    if (!isOp(node, 'Identity')) continue;
    const [from, to] = [node.inputs[0]!, node.outputs[0]!];
    if (!outputs.has(to)) aliases.set(to, aliases.get(from) ?? from);
    // With no other reader, the value itself can take the output's name.
    else if (producers.has(from) && readers.get(from) === 1 && !aliases.has(from)) renamed.set(from, to);
    else continue;
    dropped.add(node);
  }
  const nodes = graph.nodes
    .filter((node) => !dropped.has(node))
    .map((node) => ({
      ...renameInputs(node, aliases),
      outputs: node.outputs.map((output) => renamed.get(output) ?? output),
    }));
  return withNodes(graph, nodes);
}
