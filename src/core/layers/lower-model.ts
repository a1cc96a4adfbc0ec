/** @file A model as operators, and weights between Keras' order of axes and the graph's. */

import { GraftError } from '../errors/graft-error.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Dimension, Graph, Value } from '../graph/graph.ts';
import { StoredTensor } from '../tensor/stored-tensor.ts';
import { type Tensor, tensor, transpose } from '../tensor/tensor.ts';
import type { Functional } from './functional.ts';
import { inputDType } from './input-layer.ts';
import type { Lowered, Lowering, SymbolicTensor, Weight, WeightSpec } from './layer.ts';
import { asPlain } from './layout.ts';

export interface ModelGraphOptions {
  /** Size of the batch, or the name of a size that is free. Default `N`. */
  readonly batch?: Dimension;
}

/**
 * Emits a model's layers.
 *
 * @param inputs - A value for every input of the model.
 * @returns The model's outputs, in order.
 */
export function lowerModel(
  model: Functional,
  lowering: Lowering,
  inputs: ReadonlyMap<SymbolicTensor, Lowered>,
): Lowered[] {
  return lowerTensors(model.outputs, lowering, inputs);
}

/** Emits what leads from the given tensors to one. */
export function lowerTensor(
  wanted: SymbolicTensor,
  lowering: Lowering,
  given: ReadonlyMap<SymbolicTensor, Lowered>,
): Lowered {
  return lowerTensors([wanted], lowering, given)[0]!;
}

/** Emits what leads from the given tensors to the wanted ones; every application of a layer once. */
export function lowerTensors(
  wanted: readonly SymbolicTensor[],
  lowering: Lowering,
  given: ReadonlyMap<SymbolicTensor, Lowered>,
): Lowered[] {
  const done = new Map(given);
  const visit = (target: SymbolicTensor): Lowered => {
    const known = done.get(target);
    if (known !== undefined) return known;
    const lowered = target.layer.lower(lowering, target.inputs.map(visit), target);
    done.set(target, lowered);
    return lowered;
  };
  return wanted.map(visit);
}

/**
 * The graph of a model for inference.
 *
 * Inputs are named after the input layers: of their dtype, `[N, H, W, C]` as the model has them. Outputs are named after the
 * layers that make them, images as NHWC. Weights are constants `layer/weight`.
 *
 * @throws {GraftError} `weights`, if a weight has no numbers.
 */
export function modelGraph(model: Functional, options: ModelGraphOptions = {}): Graph {
  const { batch = 'N' } = options;
  const builder = new GraphBuilder(model.name);
  const inputs = new Map<SymbolicTensor, Lowered>();
  for (const input of model.inputs) {
    const { name } = input.layer;
    const sizes = input.shape.slice(1).map((size, axis) => size ?? `${name}_${axis + 1}`);
    inputs.set(input, { value: builder.input(name, inputDType(input), [batch, ...sizes]), layout: 'plain' });
  }
  const lowering = inferenceLowering(builder);
  const outputs = lowerModel(model, lowering, inputs);
  model.outputs.forEach((output, index) => {
    builder.output(asPlain(builder, outputs[index]!), output.layer.name);
  });
  return builder.build();
}

/** What layers are given to emit a graph for inference: weights are constants named `layer/weight`. */
export function inferenceLowering(builder: GraphBuilder): Lowering {
  const constants = new Map<Weight, Value>();
  return {
    builder,
    training: false,
    weight(layer, name) {
      const weight = layer.weight(name);
      const known = constants.get(weight);
      if (known !== undefined) return known;
      const constant = builder.constant(constantOf(weight), `${layer.name}/${name}`);
      constants.set(weight, constant);
      return constant;
    },
    dropoutMask(layer) {
      throw new GraftError('graph', {
        where: `layer "${layer.name}"`,
        expected: 'no dropout in a graph for inference',
        received: 'a request for a mask',
        advice: 'Ask for masks only where lowering.training is true.',
      });
    },
    moveStatistic(layer) {
      throw new GraftError('graph', {
        where: `layer "${layer.name}"`,
        expected: 'statistics that stay in a graph for inference',
        received: 'new ones',
        advice: 'Move them only where lowering.training is true.',
      });
    },
  };
}

/** Stored numbers stay where they are, if their axes do. */
function constantOf(weight: Weight): Tensor {
  const { spec, stored } = weight;
  if (stored !== undefined && spec.graphOrder === undefined) return new StoredTensor(spec.shape, stored);
  return tensor('float32', graphShape(spec), toGraphOrder(spec, weight.value));
}

/** A weight's shape in the graph. */
export function graphShape(spec: WeightSpec): readonly number[] {
  return spec.graphOrder?.map((axis) => spec.shape[axis]!) ?? spec.shape;
}

/** A weight's numbers from Keras' order of axes to the graph's; the same array where they agree. */
export function toGraphOrder(spec: WeightSpec, value: Float32Array): Float32Array {
  if (spec.graphOrder === undefined) return value;
  return transpose(tensor('float32', spec.shape, value), spec.graphOrder).data;
}

/** The inverse of {@link toGraphOrder}. */
export function fromGraphOrder(spec: WeightSpec, value: Float32Array): Float32Array {
  const { graphOrder } = spec;
  if (graphOrder === undefined) return value;
  const inverse = graphOrder.map((_, axis) => graphOrder.indexOf(axis));
  return transpose(tensor('float32', graphShape(spec), value), inverse).data;
}
