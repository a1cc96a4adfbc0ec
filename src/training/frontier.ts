/** @file Where the frozen part of a model ends and the trained part begins. */

import { GraftError } from '../errors/graft-error.ts';
import type { Functional } from '../layers/functional.ts';
import type { Layer } from '../layers/layer.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';

/** The trained part of a model: a chain or graph of layers that grows from one tensor of the frozen part. */
export interface TrainedPart {
  readonly model: Functional;
  /** The last frozen tensor: its value is the feature of a picture. */
  readonly boundary: SymbolicTensor;
  readonly output: SymbolicTensor;
  /** Layers after the boundary, in the model's order. */
  readonly layers: readonly Layer[];
}

/**
 * Splits a model with one output at the frontier. Everything whose value cannot change while training (no trained
 * weight and no Dropout before it) is frozen, so Flatten and pooling without trained layers before them are too.
 *
 * @throws {GraftError} `graph`, if nothing is trained, or if the trained part grows from more than one frozen tensor.
 */
export function splitAtFrontier(model: Functional): TrainedPart {
  const output = model.output;
  const changing = new Set<SymbolicTensor>();
  const boundaries = new Set<SymbolicTensor>();
  const trained: Layer[] = [];
  for (const layer of model.layers) {
    const tensor = layer.output;
    const inputs = tensor.inputs;
    if (!changesWhileTraining(layer) && !inputs.some((input) => changing.has(input))) continue;
    changing.add(tensor);
    trained.push(layer);
    for (const input of inputs) if (!changing.has(input)) boundaries.add(input);
  }
  const [boundary, ...others] = boundaries;
  if (boundary === undefined || !changing.has(output)) {
    throw new GraftError('graph', {
      where: `model "${model.name}"`,
      expected: 'a layer that is trained',
      received: 'only frozen layers',
      advice: 'Put a Dense layer on the frozen part, or set trainable = true on a layer.',
    });
  }
  if (others.length > 0) {
    const names = [boundary, ...others].map((tensor) => `"${tensor.layer.name}"`).join(', ');
    throw new GraftError('graph', {
      where: `model "${model.name}"`,
      expected: 'a trained part that grows from one frozen layer',
      received: `one that grows from ${names}`,
      advice: 'Freeze up to a layer that everything after it passes through.',
    });
  }
  return { model, boundary, output, layers: trained };
}

/** A layer's weights that the optimiser moves. */
export function isTrained(layer: Layer): boolean {
  return layer.trainable && layer.weights.some((weight) => weight.spec.trainable !== false);
}

function changesWhileTraining(layer: Layer): boolean {
  return isTrained(layer) || layer.className === 'Dropout';
}
