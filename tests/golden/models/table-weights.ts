/** @file What networks make of the weights and images of tools/oracle/keras_recent_networks.py. */

import { GraphBuilder } from '../../../src/core/graph/builder.ts';
import type { Functional } from '../../../src/core/layers/functional.ts';
import type { Lowering } from '../../../src/core/layers/layer.ts';
import { asPlain } from '../../../src/core/layers/layout.ts';
import { graphShape, inferenceLowering, lowerTensor, toGraphOrder } from '../../../src/core/layers/lower-model.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { computeSize, type Tensor, tensor } from '../../../src/core/tensor/tensor.ts';
import { hash32, images, run } from './formula-inputs.ts';

/** The output for two images, with weights by the formula. */
export async function outputOf(model: Functional, range: 'pixels' | 'signed'): Promise<Tensor> {
  const [height, width] = model.input.shape.slice(1) as number[];
  setTableWeights(model);
  const signed = images(2, height!, width!);
  const input = range === 'signed' ? signed : tensor('float32', signed.shape, signed.data.map(toPixel));
  if (model.countParams().total > MAX_CONSTANTS) return runWithFedWeights(model, input);
  const [output] = await run(model, model.outputs, input);
  return output!;
}

/** As constants, more weights than these take seconds to be encoded and loaded: they are fed instead. */
const MAX_CONSTANTS = 10_000_000;

async function runWithFedWeights(model: Functional, input: Tensor<'float32'>): Promise<Tensor> {
  const builder = new GraphBuilder(model.name);
  const feeds: Record<string, Tensor> = { input };
  const lowering: Lowering = {
    ...inferenceLowering(builder),
    weight(layer, name) {
      const { spec, value } = layer.weight(name);
      const shape = graphShape(spec);
      const fed = `${layer.name}/${name}`;
      feeds[fed] = tensor('float32', shape, toGraphOrder(spec, value));
      return builder.input(fed, 'float32', shape);
    },
  };
  const start = builder.input('input', 'float32', input.shape);
  const given = new Map([[model.input, { value: start, layout: 'plain' }]] as const);
  builder.output(asPlain(builder, lowerTensor(model.output, lowering, given)), 'output');
  const { output } = await evaluateGraph(builder.build(), feeds, { threads: 2 });
  return output!;
}

function toPixel(value: number): number {
  return Math.round((value + 1) * 127.5);
}

/** Uniform in [-1, 1). Large networks have tens of millions of weights: they repeat a table of a prime length. */
const TABLE = Float64Array.from({ length: 65521 }, (_, i) => hash32(i, 1) / 2 ** 31 - 1);

function setTableWeights(model: Functional): void {
  const layers = model.layers.filter((layer) => layer.weights.length > 0);
  layers.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const [layerIndex, layer] of layers.entries()) {
    for (const [index, weight] of layer.weights.entries()) {
      const { name, shape } = weight.spec;
      weight.value = tableWeight(layerIndex * 8 + index, momentsOf(layer.name, name, shape), shape);
    }
  }
}

function tableWeight(
  seed: number,
  [mean, scale]: readonly [mean: number, scale: number],
  shape: readonly number[],
): Float32Array {
  const size = computeSize(shape);
  const values = new Float32Array(size);
  let from = (seed * 7919) % TABLE.length;
  for (let i = 0; i < size; i++) {
    values[i] = mean + scale * TABLE[from]!;
    from = from + 1 === TABLE.length ? 0 : from + 1;
  }
  return values;
}

/**
 * EfficientNet's residual blocks are damped: random signals would grow in them until squeeze and excitation saturates,
 * and then a rounding error decides whether a channel is there or not. Its gates are mostly open: else signals would
 * vanish in the blocks that have no residual.
 */
const DAMPED = /^block\d+[^a]_project_bn$/;
const OPEN = /_se_expand$/;

/** Mean and half the range, by a weight's name; He's variance for kernels. */
function momentsOf(
  layerName: string,
  name: string,
  shape: readonly number[],
): readonly [mean: number, scale: number] {
  if (name === 'gamma' && DAMPED.test(layerName)) return [0.25, 0.0625];
  if (name === 'bias' && OPEN.test(layerName)) return [2, 0.1];
  switch (name) {
    case 'count':
      return [0, 0];
    case 'gamma':
    case 'variance':
    case 'moving_variance':
      return [1, 0.25];
    case 'beta':
    case 'bias':
    case 'mean':
    case 'moving_mean':
      return [0, 0.1];
    default: {
      const last = shape.at(-1)!;
      return [0, Math.sqrt(6 / (last === 1 ? shape[0]! * shape[1]! : computeSize(shape) / last))];
    }
  }
}
