/** @file Pass: drops nodes and constants that no output needs. Inputs stay: they are the graph's face. */

import type { Graph } from '../graph.ts';
import { withNodes } from './rewrite.ts';

export function removeDeadCode(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((output) => output.name));
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output))) return false;
    for (const input of node.inputs) needed.add(input);
    return true;
  });
  const constants = new Map([...graph.constants].filter(([name]) => needed.has(name)));
  return withNodes(graph, nodes.reverse(), { constants });
}
