/** @file A graph as text, one line an operator: for people who look for a fault. */

import { visible } from '../errors/visible-text.ts';
import { formatShape } from './dimension.ts';
import type { Graph, Value } from './graph.ts';

/**
 * Lists inputs, nodes and outputs with names, dtypes and shapes:
 * `Conv "Conv1": x float32 [N, 3, 8, 8], w = float32 [4, 3, 3, 3] -> Conv1 float32 [N, 4, 6, 6] {"group":1}`.
 * Constants stand with `=`.
 */
export function describeGraph(graph: Graph): string {
  const show = (name: string): string => {
    if (name === '') return '-';
    const value = graph.values.get(name);
    return value === undefined
      ? `${name} (unknown)`
      : `${name}${graph.constants.has(name) ? ' =' : ''} ${type(value)}`;
  };
  const lines = [`graph "${graph.name}": ${graph.nodes.length} nodes, ${graph.constants.size} constants`];
  for (const input of graph.inputs) lines.push(`input ${show(input.name)}`);
  for (const { op, name, inputs, outputs, attributes } of graph.nodes) {
    const suffix = Object.keys(attributes).length === 0 ? '' : ` ${JSON.stringify(attributes)}`;
    lines.push(`${op} "${name}": ${inputs.map(show).join(', ')} -> ${outputs.map(show).join(', ')}${suffix}`);
  }
  for (const output of graph.outputs) lines.push(`output ${show(output.name)}`);
  return lines.map(visible).join('\n');
}

function type({ dtype, shape }: Value): string {
  return `${dtype} ${formatShape(shape)}`;
}
