/**
 * @file Pass: folds a BatchNormalization of known statistics into the Conv before it.
 * `w' = w * s`, `b' = (b - mean) * s + bias`, with `s = scale / sqrt(variance + epsilon)` for each output channel.
 */

import { floats } from '../../tensor/tensor.ts';
import type { Graph, Node } from '../graph.ts';
import {
  Additions,
  countReaders,
  findProducers,
  floatConstant,
  hasInput,
  isOp,
  withNodes,
} from './rewrite.ts';

export function foldBatchNormalization(graph: Graph): Graph {
  const readers = countReaders(graph);
  const producers = findProducers(graph);
  const added = new Additions(graph);
  const replaced = new Map<Node, Node | undefined>();
  for (const node of graph.nodes) {
    if (!isOp(node, 'BatchNormalization') || readers.get(node.inputs[0]!) !== 1) continue;
    const conv = producers.get(node.inputs[0]!);
    if (!isOp(conv, 'Conv')) continue;
    const kernel = floatConstant(graph, conv.inputs[1]);
    const [scale, bias, mean, variance] = node.inputs.slice(1).map((name) => floatConstant(graph, name));
    const hasBias = hasInput(conv, 2);
    const convBias = hasBias ? floatConstant(graph, conv.inputs[2]) : undefined;
    if (!kernel || !scale || !bias || !mean || !variance || (hasBias && !convBias)) continue;
    const epsilon = node.attributes.epsilon ?? 1e-5;
    const factors = Float64Array.from(
      scale.data,
      (value, i) => value / Math.sqrt(variance.data[i]! + epsilon),
    );
    const perChannel = kernel.data.length / factors.length;
    const folded = kernel.data.map((weight, i) => weight * factors[Math.floor(i / perChannel)]!);
    const shifted = bias.data.map(
      (value, i) => value + ((convBias?.data[i] ?? 0) - mean.data[i]!) * factors[i]!,
    );
    replaced.set(conv, undefined);
    replaced.set(node, {
      ...conv,
      name: node.name,
      inputs: [
        conv.inputs[0]!,
        added.constant(`${conv.inputs[1]}/folded`, floats(kernel.shape, folded)),
        added.constant(`${node.name}/bias`, floats([factors.length], shifted)),
      ],
      outputs: node.outputs,
    });
  }
  const nodes = graph.nodes.flatMap((node) => (replaced.has(node) ? (replaced.get(node) ?? []) : node));
  return withNodes(graph, nodes, added);
}
