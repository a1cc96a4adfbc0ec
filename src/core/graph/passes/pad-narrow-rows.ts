/**
 * @file Pass: pads the rows of a Conv beforehand where they are no longer than its kernel is wide.
 *
 * ONNX Runtime's kernels compute several positions of a row at once, but one by one those whose windows reach over an edge: in
 * such rows all of them. Columns need nothing, for what lies over their edge it leaves out.
 */

import { floats } from '../../tensor/tensor.ts';
import type { Graph, Node } from '../graph.ts';
import { Additions, floatConstant, isOp, withNodes } from './rewrite.ts';

/** ONNX Runtime keeps channels in blocks of 8 or 16; of others, one by one, the padding would take longer than it spares. */
const BLOCK = 16;

export function padNarrowRows(graph: Graph): Graph {
  const added = new Additions(graph);
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const pads = isOp(node, 'Conv') ? padsOfNarrowRows(graph, node) : undefined;
    if (pads === undefined) return [node];
    const { dtype, name, shape } = graph.values.get(node.inputs[0]!)!;
    const [batch, channels, height, width] = shape as readonly [string | number, number, number, number];
    const [top, left, bottom, right] = pads;
    const padded = added.value(`${name}/padded`, {
      dtype,
      shape: [batch, channels, height, width + left + right],
    });
    // A convolution, and no Pad: ONNX Runtime does it without leaving its own layout.
    const ones = floats([channels, 1, 1, 1], new Float32Array(channels).fill(1));
    const pad: Node<'Conv'> = {
      name: `${node.name}/pad`,
      op: 'Conv',
      inputs: [name, added.constant(`${node.name}/ones`, ones)],
      outputs: [padded],
      attributes: { group: channels, pads: [0, left, 0, right] },
    };
    const inputs = [padded, ...node.inputs.slice(1)];
    return [pad, { ...node, inputs, attributes: { ...node.attributes, pads: [top, 0, bottom, 0] } }];
  });
  return withNodes(graph, nodes, added);
}

/** `[top, left, bottom, right]`; undefined for any other Conv. */
function padsOfNarrowRows(graph: Graph, { attributes, inputs, outputs }: Node<'Conv'>) {
  const { group = 1, pads = [] } = attributes;
  const [top = 0, left = 0, bottom = 0, right = 0, ...more] = pads;
  const [, channels = 0, , kernelWidth = 0] = floatConstant(graph, inputs[1])?.shape ?? [];
  const sizes = graph.values.get(inputs[0]!)!.shape.slice(2);
  const rowLength = graph.values.get(outputs[0]!)!.shape[3];
  const isPlain = group === 1 && more.length === 0 && sizes.every((size) => typeof size === 'number');
  if (!isPlain || left + right === 0 || channels % BLOCK !== 0) return undefined;
  if (typeof rowLength !== 'number' || rowLength > kernelWidth) return undefined;
  return [top, left, bottom, right] as const;
}
