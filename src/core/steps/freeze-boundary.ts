/** @file Where the frozen part of a model ends and the trained part begins. */

import { GraftError } from '../errors/graft-error.ts';
import type { TensorSpec } from '../examples/tensor-spec.ts';
import type { Functional } from '../layers/functional.ts';
import { inputDType } from '../layers/input-layer.ts';
import type { Layer } from '../layers/layer.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { computeSize } from '../tensor/tensor.ts';

/** The trained part of a model: a chain or graph of layers that grows from some tensors of the frozen part. */
export interface TrainedPart {
  readonly model: Functional;
  /**
   * The last frozen tensors, at least one: their values are the features of an example. Several where a model reads ids of tokens,
   * or has several inputs: hidden states and a mask.
   */
  readonly boundary: readonly SymbolicTensor[];
  readonly output: SymbolicTensor;
  /** Layers after the boundary, in the model's order. Some may be frozen. */
  readonly layers: readonly Layer[];
  /** What their applications give, in the same order: more than layers where one is applied several times. */
  readonly tensors: readonly SymbolicTensor[];
  /** Whether a layer is trainable in this training: its optimizer may move it, its Dropout draws, its statistics follow. */
  readonly isTrainable: (layer: Layer) => boolean;
}

export interface SplitOptions {
  /**
   * Whether pooling over the whole image is left to the trained part, though it has nothing to train: what is trained
   * then begins with a feature map. Default false.
   */
  readonly beforePooling?: boolean | undefined;
  /** What is trainable in this training. Default: as the layers say themselves. */
  readonly isTrainable?: ((layer: Layer) => boolean) | undefined;
}

/**
 * Splits a model with one output at the freeze boundary. Everything whose value cannot change while training (no trained
 * weight and no Dropout before it) is frozen, so Flatten and pooling without trained layers before them are too. Nothing of the
 * model is changed.
 *
 * Where the trained layers grow from several frozen tensors: of a network with one input of numbers, as the branches of an Inception
 * block are, the freeze boundary moves back to the nearest tensor that all of them come from; the frozen layers behind it are then
 * computed at every step. Of other models all of them are the boundary, but for those that cost nothing (masks that are made of ids, a
 * normalization of another one) or cannot be kept (a size that varies behind the first): these are computed at every step from what they come from.
 *
 * @throws {GraftError} `graph`, if nothing is trained, or if there is no tensor that everything trained comes from;
 *   `argument`, if the model has several outputs.
 */
export function splitAtFreezeBoundary(
  model: Functional,
  { beforePooling = false, isTrainable = (layer) => layer.trainable }: SplitOptions = {},
): TrainedPart {
  requireOneOutput(model);
  const { output } = model;
  const behind = new Set<SymbolicTensor>();
  const freezeBoundary = new Set<SymbolicTensor>();
  const cross = (tensor: SymbolicTensor): void => {
    behind.add(tensor);
    freezeBoundary.delete(tensor);
    for (const input of tensor.inputs) if (!behind.has(input)) freezeBoundary.add(input);
  };
  for (const tensor of model.tensors) {
    const changes = changesWhileTraining(tensor.layer, isTrainable);
    if (changes || tensor.inputs.some((input) => behind.has(input))) cross(tensor);
  }
  if (!model.layers.some((layer) => isTrained(layer, isTrainable))) throw nothingTrained(model);
  if (growsFromOneTensor(model)) moveToOneTensor(model, freezeBoundary, cross);
  else moveToWorthKeeping(model, freezeBoundary, cross);
  // A pooling has one input: the freeze boundary stays one tensor.
  while (beforePooling && freezeBoundary.size === 1 && poolsAll([...freezeBoundary][0]!.layer)) {
    cross([...freezeBoundary][0]!);
  }
  const tensors = model.tensors.filter((tensor) => behind.has(tensor));
  const layers = [...new Set(tensors.map(({ layer }) => layer))];
  // What is computed comes first, and is what the trained part goes on with; inputs that it only looks at come after it.
  const boundary = [...freezeBoundary].sort(
    (a, b) =>
      Number(model.inputs.includes(a)) - Number(model.inputs.includes(b)) ||
      positionIn(model, a) - positionIn(model, b),
  );
  return { model, boundary, output, layers, tensors, isTrainable };
}

/**
 * What is kept of an example: one tensor for each of the boundary. The first is called `features`, the others after their layers.
 *
 * @throws {GraftError} `shape`, if a size is unknown that has to be known: only the first may vary, of sequences.
 */
export function boundarySpecs({ model, boundary }: Pick<TrainedPart, 'model' | 'boundary'>): TensorSpec[] {
  const names = new Set<string>();
  return boundary.map((tensor, index) => {
    const shape = tensor.shape.slice(1);
    const canVary = !growsFromOneTensor(model);
    if (!(canVary ? shape.slice(1) : shape).every((size) => typeof size === 'number'))
      throw unknownSizes(tensor);
    let name = index === 0 ? 'features' : `features/${tensor.layer.name}`;
    while (names.has(name)) name += '+';
    names.add(name);
    return { name, dtype: inputDType(tensor), shape };
  });
}

/**
 * Sizes of one example at a boundary of one tensor, without the batch.
 *
 * @throws {GraftError} `shape`, if one is unknown.
 */
export function featureShape({ boundary: [tensor] }: Pick<TrainedPart, 'boundary'>): number[] {
  const shape = tensor!.shape.slice(1);
  if (!shape.every((size) => typeof size === 'number')) throw unknownSizes(tensor!);
  return shape as number[];
}

/** Whether the optimizer moves a weight of the layer. */
export function isTrained(
  layer: Layer,
  isTrainable: TrainedPart['isTrainable'] = ({ trainable }) => trainable,
): boolean {
  return isTrainable(layer) && layer.weights.some((weight) => weight.trainable);
}

/** How many numbers the optimizer moves. */
export function countTrained({ layers, isTrainable }: Pick<TrainedPart, 'layers' | 'isTrainable'>): number {
  return layers
    .filter((layer) => isTrained(layer, isTrainable))
    .flatMap((layer) => layer.weights.filter(({ trainable }) => trainable))
    .reduce((sum, { spec }) => sum + computeSize(spec.shape), 0);
}

/** A network with one input of numbers. Its features, and so all that was kept of them, are those of one tensor. */
function growsFromOneTensor({ inputs }: Functional): boolean {
  return inputs.length === 1 && inputDType(inputs[0]!) === 'float32';
}

function moveToOneTensor(
  model: Functional,
  freezeBoundary: ReadonlySet<SymbolicTensor>,
  cross: (tensor: SymbolicTensor) => void,
): void {
  // The last of several tensors cannot be what the others come from: its layer is crossed, too.
  while (freezeBoundary.size > 1) {
    const last = [...freezeBoundary].reduce((a, b) => (positionIn(model, a) > positionIn(model, b) ? a : b));
    if (last.inputs.length === 0 || model.inputs.includes(last)) throw severalOrigins(model, freezeBoundary);
    cross(last);
  }
}

function moveToWorthKeeping(
  model: Functional,
  freezeBoundary: ReadonlySet<SymbolicTensor>,
  cross: (tensor: SymbolicTensor) => void,
): void {
  const split = tensorsOfSplitRows(model);
  const isWorthKeeping = (tensor: SymbolicTensor): boolean =>
    model.inputs.includes(tensor) ||
    (!split.has(tensor) &&
      tensor.shape.slice(2).every((size) => typeof size === 'number') &&
      (freezeBoundary.size === 1 || comesFromWeights(tensor, model)));
  // What is made of another one in one pass is computed sooner than it is read.
  const isNormalized = ({ layer, inputs }: SymbolicTensor): boolean =>
    inputs.length === 1 && freezeBoundary.has(inputs[0]!) && NORMALIZATIONS.has(layer.className);
  for (;;) {
    const crossed = [...freezeBoundary].find(
      (tensor) => (!isWorthKeeping(tensor) || isNormalized(tensor)) && tensor.inputs.length > 0,
    );
    if (crossed === undefined) return;
    cross(crossed);
  }
}

const NORMALIZATIONS: ReadonlySet<string> = new Set(['LayerNormalization', 'RMSNormalization']);

/** Those that have several rows for an example: features have one. */
function tensorsOfSplitRows({ tensors }: Functional): ReadonlySet<SymbolicTensor> {
  const split = new Set<SymbolicTensor>();
  for (const tensor of tensors) {
    const { changesRows } = tensor.layer;
    if (changesRows === 'joins') continue;
    if (changesRows === 'splits' || tensor.inputs.some((input) => split.has(input))) split.add(tensor);
  }
  return split;
}

/** Whether anything is multiplied on the way from the model's inputs. */
function comesFromWeights({ layer, inputs }: SymbolicTensor, model: Functional): boolean {
  if (layer.weights.length > 0) return true;
  return inputs.some((input) => !model.inputs.includes(input) && comesFromWeights(input, model));
}

/** -1 for an input that is no InputLayer's: that is the beginning, too. */
function positionIn(model: Functional, tensor: SymbolicTensor): number {
  return model.tensors.indexOf(tensor);
}

function poolsAll({ className }: Layer): boolean {
  return className === 'GlobalAveragePooling2D' || className === 'GlobalMaxPooling2D';
}

function changesWhileTraining(layer: Layer, isTrainable: TrainedPart['isTrainable']): boolean {
  // A frozen network runs as for inference, so its own Dropout (EfficientNet has one a block) does nothing.
  const follows = layer.drawsMasks || layer.weights.some(({ spec }) => spec.moving === true);
  return isTrained(layer, isTrainable) || (follows && isTrainable(layer));
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

function unknownSizes({ layer, shape }: SymbolicTensor): GraftError {
  return new GraftError('shape', {
    where: `layer "${layer.name}"`,
    expected: 'an output of known sizes where the trained part begins',
    received: `[${shape.map((each) => each ?? '?').join(', ')}]`,
    advice: 'Give the input layer a full shape.',
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
