/** @file Pass: a Pad of zeros before a Conv becomes pads of the Conv. */

import type { Graph, Node } from '../graph.ts';
import { removeDeadCode } from '../passes/remove-dead-code.ts';
import { findProducers, isOp, withNodes } from '../passes/rewrite.ts';

/** ONNX Runtime does the same to numbers, but not to quantized ones. */
export function foldPads(graph: Graph): Graph {
  const producers = findProducers(graph);
  const nodes = graph.nodes.map((node): Node => {
    if (!isOp(node, 'Conv')) return node;
    const pad = producers.get(node.inputs[0]!);
    if (!isOp(pad, 'Pad') || !padsWithZeros(graph, pad)) return node;
    const amounts = Array.from(graph.constants.get(pad.inputs[1]!)?.data ?? [], Number);
    const rank = graph.values.get(pad.inputs[0]!)!.shape.length;
    const spatial = [amounts.slice(2, rank), amounts.slice(rank + 2)].flat();
    const others = [amounts.slice(0, 2), amounts.slice(rank, rank + 2)].flat();
    if (amounts.length !== 2 * rank || others.some((amount) => amount !== 0)) return node;
    if (spatial.some((amount) => amount < 0)) return node;
    const pads = spatial.map((amount, index) => amount + (node.attributes.pads?.[index] ?? 0));
    return {
      ...node,
      inputs: [pad.inputs[0]!, ...node.inputs.slice(1)],
      attributes: { ...node.attributes, pads },
    };
  });
  return removeDeadCode(withNodes(graph, nodes));
}

function padsWithZeros(graph: Graph, { inputs, attributes }: Node<'Pad'>): boolean {
  if ((attributes.mode ?? 'constant') !== 'constant' || (inputs[3] ?? '') !== '') return false;
  const value = inputs[2] ?? '';
  return value === '' || graph.constants.get(value)?.data[0] === 0;
}
