/**
 * @file Pass: folds the scaling of pixels into the Conv that reads them: of `x = scale * p + offset`,
 * `w' = w * scale` and `b' = b + sum of w * offset`.
 */

import { floats } from '../../tensor/tensor.ts';
import type { Graph, Node } from '../graph.ts';
import { removeDeadCode } from './remove-dead-code.ts';
import { Additions, floatConstant, hasInput, isOp, withNodes } from './rewrite.ts';
import { pixelsBehind } from './scaled-pixels.ts';

/** A Conv with pads is left alone: they hold a scaled 0, which is not the pixel 0. */
export function foldPixelScaling(graph: Graph): Graph {
  const added = new Additions(graph);
  const nodes = graph.nodes.map((node): Node => {
    if (!isOp(node, 'Conv') || node.attributes.pads?.some((pad) => pad !== 0)) return node;
    const pixels = pixelsBehind(graph, node.inputs[0]!);
    const kernel = floatConstant(graph, node.inputs[1]);
    const bias = floatConstant(graph, node.inputs[2]);
    if (!pixels || !kernel || (hasInput(node, 2) && !bias)) return node;
    const { numbers, scale, offset } = pixels;
    const [filters = 0, channels = 0, ...window] = kernel.shape;
    // Not where the channels go through it in groups.
    if (channels !== scale.length) return node;
    const taps = window.reduce((a, b) => a * b, 1);
    const channelOf = (index: number): number => Math.floor(index / taps) % channels;
    const shifted = Float64Array.from({ length: filters }, (_, filter) => bias?.data[filter] ?? 0);
    kernel.data.forEach((weight, index) => {
      shifted[Math.floor(index / (taps * channels))]! += weight * offset[channelOf(index)]!;
    });
    const scaled = kernel.data.map((weight, index) => weight * scale[channelOf(index)]!);
    const inputs = [
      numbers,
      added.constant(`${node.inputs[1]}/scaled`, floats(kernel.shape, scaled)),
      added.constant(`${node.name}/shifted`, floats([filters], shifted)),
    ];
    return { ...node, inputs };
  });
  return removeDeadCode(withNodes(graph, nodes, added));
}
