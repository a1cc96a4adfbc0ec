/**
 * @file Weights of trained layers out of a model file, whose convolutions have the batch normalizations behind them folded
 * in. A normalization of a backbone is never trained, so its pretrained numbers tell what was folded.
 */

import type { Graph } from '../core/graph/graph.ts';
import { BatchNormalization } from '../core/layers/batch-normalization.ts';
import type { Functional } from '../core/layers/functional.ts';
import type { Layer, Weight } from '../core/layers/layer.ts';
import { fromGraphOrder, graphShape, toGraphOrder } from '../core/layers/lower-model.ts';
import type { Tensor } from '../core/tensor/tensor.ts';

/** What a file has in a weight's place, where that does not fit. */
export interface MissingWeight {
  /** The constant's name in the file. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly stored: Tensor | undefined;
}

/**
 * Gives layers the weights that a file's graph has for them.
 *
 * @param layers - Whose weights are taken; the normalizations behind them must have theirs.
 * @returns The first one that the file does not have; undefined if it has all.
 */
export function takeTrainedWeights(
  graph: Graph,
  model: Functional,
  layers: ReadonlySet<Layer>,
): MissingWeight | undefined {
  for (const layer of layers) {
    const folding = findFolding(graph, model, layer);
    for (const weight of layer.weights) {
      if (weight.spec.trainable === false) continue;
      const missing = takeWeight(graph, layer, weight, folding);
      if (missing !== undefined) return missing;
    }
  }
  return undefined;
}

/** A convolution with a normalization: `kernel' = kernel * factors`, `bias' = (bias - mean) * factors + beta`. */
export interface Folding {
  /** Name of the kernel, in its layer. */
  readonly kernel: string;
  /** Names in the file. */
  readonly kernelConstant: string;
  readonly biasConstant: string;
  readonly factors: Float64Array;
  readonly mean: Float32Array;
  readonly beta: Float32Array | undefined;
}

/** How a graph has a layer's weights, if a normalization is folded into them, whose numbers are there already. */
export function findFolding(graph: Graph, model: Functional, layer: Layer): Folding | undefined {
  const node = graph.nodes.find(
    ({ op, inputs }) => op === 'Conv' && inputs[1]?.endsWith('/folded') && isOf(inputs[1], layer),
  );
  const normalization = model.layers.find(
    (each) => each instanceof BatchNormalization && each.input.layer === layer,
  );
  if (node === undefined || !(normalization instanceof BatchNormalization)) return undefined;
  const [, kernelConstant = '', biasConstant = ''] = node.inputs;
  const numbers = (name: string) => normalization.weight(name).value;
  const variance = numbers('moving_variance');
  const gamma = normalization.scale ? numbers('gamma') : undefined;
  return {
    kernel: kernelConstant.slice(layer.name.length + 1, -'/folded'.length),
    kernelConstant,
    biasConstant,
    factors: Float64Array.from(
      variance,
      (each, channel) => (gamma?.[channel] ?? 1) / Math.sqrt(each + normalization.epsilon),
    ),
    mean: numbers('moving_mean'),
    beta: normalization.center ? numbers('beta') : undefined,
  };
}

function isOf(constant: string, layer: Layer): boolean {
  const kernel = constant.slice(0, -'/folded'.length);
  return layer.weights.some(({ spec }) => kernel === `${layer.name}/${spec.name}`);
}

/** @returns What the graph has in its place, if that does not fit. */
export function takeWeight(
  graph: Graph,
  { name: layerName }: Layer,
  weight: Weight,
  folding: Folding | undefined,
): MissingWeight | undefined {
  const { spec } = weight;
  const isKernel = spec.name === folding?.kernel;
  const isBias = folding !== undefined && spec.name === 'bias';
  const name = isKernel
    ? folding.kernelConstant
    : isBias
      ? folding.biasConstant
      : `${layerName}/${spec.name}`;
  const shape = graphShape(spec);
  const stored = graph.constants.get(name);
  if (stored?.dtype !== 'float32' || !sameShape(stored.shape, shape)) return { name, shape, stored };
  const { data } = stored as Tensor<'float32'>;
  if (isKernel)
    weight.value = fromGraphOrder(spec, unfoldedKernel(data, toGraphOrder(spec, weight.value), folding));
  else if (isBias) weight.value = unfoldedBias(data, weight.value, folding);
  else weight.value = fromGraphOrder(spec, data);
  return undefined;
}

/** A channel whose factor is 0 gives nothing: it keeps the pretrained numbers. */
function unfoldedKernel(data: Float32Array, before: Float32Array, { factors }: Folding): Float32Array {
  const perChannel = data.length / factors.length;
  return data.map((folded, index) => {
    const factor = factors[Math.floor(index / perChannel)]!;
    return factor === 0 ? before[index]! : folded / factor;
  });
}

function unfoldedBias(
  data: Float32Array,
  before: Float32Array,
  { factors, mean, beta }: Folding,
): Float32Array {
  return data.map((folded, channel) => {
    const factor = factors[channel]!;
    return factor === 0 ? before[channel]! : (folded - (beta?.[channel] ?? 0)) / factor + mean[channel]!;
  });
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
