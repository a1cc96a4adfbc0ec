/** @file Where the frozen part of a model ends and the trained part begins. */

import { GraftError } from '../errors/graft-error.ts';
import type { Functional } from '../layers/functional.ts';
import type { Layer } from '../layers/layer.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';

/** The trained part of a model: a chain or graph of layers that grows from one tensor of the frozen part. */
export interface TrainedPart {
  readonly model: Functional;
  /** The last frozen tensor: its value is the feature of an image. */
  readonly boundary: SymbolicTensor;
  readonly output: SymbolicTensor;
  /** Layers after the boundary, in the model's order. Some may be frozen. */
  readonly layers: readonly Layer[];
  /** What their applications give, in the same order: more than layers where one is applied several times. */
  readonly tensors: readonly SymbolicTensor[];
}

export interface SplitOptions {
  /**
   * Whether pooling over the whole image is left to the trained part, though it has nothing to train: what is trained
   * then begins with a feature map. Default false.
   */
  readonly beforePooling?: boolean;
}

/**
 * Splits a model with one output at the freeze boundary. Everything whose value cannot change while training (no trained
 * weight and no Dropout before it) is frozen, so Flatten and pooling without trained layers before them are too.
 * Where the trained layers grow from several frozen tensors, as the branches of an Inception block do, the freeze boundary
 * moves back to the nearest tensor that all of them come from; the frozen layers behind it are then computed at
 * every step.
 *
 * @throws {GraftError} `graph`, if nothing is trained, or if there is no tensor that everything trained comes from;
 *   `argument`, if the model has several outputs.
 */
export function splitAtFreezeBoundary(
  model: Functional,
  { beforePooling = false }: SplitOptions = {},
): TrainedPart {
  requireOneOutput(model);
  const { output } = model;
  // -1 for an input that is no InputLayer's: that is the beginning, too.
  const positionOf = (tensor: SymbolicTensor): number => model.tensors.indexOf(tensor);
  const behind = new Set<SymbolicTensor>();
  const freezeBoundary = new Set<SymbolicTensor>();
  const cross = (tensor: SymbolicTensor): void => {
    behind.add(tensor);
    freezeBoundary.delete(tensor);
    for (const input of tensor.inputs) if (!behind.has(input)) freezeBoundary.add(input);
  };
  for (const tensor of model.tensors) {
    if (changesWhileTraining(tensor.layer) || tensor.inputs.some((input) => behind.has(input))) cross(tensor);
  }
  if (!model.layers.some(isTrained)) throw nothingTrained(model);
  // The last of several tensors cannot be what the others come from: its layer is crossed, too.
  while (freezeBoundary.size > 1) {
    const last = [...freezeBoundary].reduce((a, b) => (positionOf(a) > positionOf(b) ? a : b));
    if (last.inputs.length === 0 || model.inputs.includes(last)) throw severalOrigins(model, freezeBoundary);
    cross(last);
  }
  // A pooling has one input: the freeze boundary stays one tensor.
  while (beforePooling && poolsAll([...freezeBoundary][0]!.layer)) cross([...freezeBoundary][0]!);
  const [boundary] = freezeBoundary;
  const tensors = model.tensors.filter((tensor) => behind.has(tensor));
  const layers = [...new Set(tensors.map(({ layer }) => layer))];
  return { model, boundary: boundary!, output, layers, tensors };
}

/**
 * Sizes of one sample at the boundary, without the batch.
 *
 * @throws {GraftError} `shape`, if one is unknown.
 */
export function featureShape({ boundary }: TrainedPart): number[] {
  return boundary.shape.slice(1).map((size) => {
    if (typeof size === 'number') return size;
    throw new GraftError('shape', {
      where: `layer "${boundary.layer.name}"`,
      expected: 'an output of known sizes where the trained part begins',
      received: `[${boundary.shape.map((each) => each ?? '?').join(', ')}]`,
      advice: 'Give the input layer a full shape.',
    });
  });
}

/** Whether the optimizer moves a weight of the layer. */
export function isTrained(layer: Layer): boolean {
  return layer.trainable && layer.weights.some((weight) => weight.trainable);
}

function poolsAll({ className }: Layer): boolean {
  return className === 'GlobalAveragePooling2D' || className === 'GlobalMaxPooling2D';
}

function changesWhileTraining(layer: Layer): boolean {
  // A frozen network runs as for inference, so its own Dropout (EfficientNet has one a block) does nothing.
  const follows = layer.drawsMasks || layer.weights.some(({ spec }) => spec.moving === true);
  return isTrained(layer) || (follows && layer.trainable);
}

function requireOneOutput(model: Functional): void {
  if (model.outputs.length === 1) return;
  const names = model.outputs.map(({ layer }) => `"${layer.name}"`).join(', ');
  throw new GraftError('argument', {
    where: `model "${model.name}"`,
    expected: 'one output to train',
    received: `${model.outputs.length} (${names})`,
    advice: 'Make a Functional with the output that the loss is of.',
  });
}

function nothingTrained(model: Functional): GraftError {
  return new GraftError('graph', {
    where: `model "${model.name}"`,
    expected: 'a layer that is trained',
    received: 'only frozen layers',
    advice: 'Put a Dense layer on the frozen part, or set trainable = true on a layer.',
  });
}

function severalOrigins(model: Functional, freezeBoundary: ReadonlySet<SymbolicTensor>): GraftError {
  return new GraftError('graph', {
    where: `model "${model.name}"`,
    expected: 'a trained part that grows from one frozen layer',
    received: `one that grows from ${[...freezeBoundary].map(({ layer }) => `"${layer.name}"`).join(', ')}`,
    advice: 'Freeze up to a layer that everything after it passes through.',
  });
}
