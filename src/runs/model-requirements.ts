/** @file What must hold of a model of images before its numbers mean anything: scaled pixels, an output for every class. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { Functional } from '../core/layers/functional.ts';
import type { SymbolicTensor } from '../core/layers/layer.ts';
import type { Loss } from '../core/losses/loss.ts';
import { INSIDE_PREPROCESSING, type Preprocessing } from '../vision/preprocessing/preprocessing.ts';

/**
 * What is done to the bytes of an image before the model's input: what was given, or nothing where the model's own first
 * layers scale them, as in EfficientNet.
 *
 * @throws {GraftError} `argument`, where nothing scales them.
 */
export function requirePreprocessing(model: Functional, given: Preprocessing | undefined): Preprocessing {
  if (given !== undefined) return given;
  const { input } = model;
  const takesImages = input.shape.length === 4 && input.shape[3] === 3;
  const first = takesImages ? unscaledReader(model, input) : undefined;
  if (first === undefined) return INSIDE_PREPROCESSING;
  throw new GraftError('argument', {
    where: `model "${model.name}"`,
    expected: `preprocessing, which scales pixels in [0, 255] for its first layer "${first.layer.name}" (${first.layer.className})`,
    received: 'none',
    advice:
      'Give the one that loadBackbone returns, or preprocessing.zeroToOne; preprocessing.raw leaves pixels in [0, 255].',
  });
}

/**
 * Refuses an output that a loss cannot be computed from, whatever the classes are.
 *
 * @throws {GraftError} `argument`.
 */
export function requireComputableLoss(model: Functional, loss: Loss): void {
  const { shape } = model.output;
  const units = shape[1];
  if (model.outputs.length !== 1 || shape.length !== 2 || typeof units !== 'number') {
    throw new GraftError('argument', {
      where: `model "${model.name}"`,
      expected: 'one output [N, units]',
      received: model.outputs.map((output) => `[N, ${output.shape.slice(1).join(', ')}]`).join(' and '),
      advice: 'End the model with a Dense layer.',
    });
  }
  if (loss.activation !== 'softmax' || units > 1) return;
  throw new GraftError('argument', {
    where: `model "${model.name}"`,
    expected: `an output of a unit for each class, for ${loss.className}`,
    received: '1 unit',
    advice:
      "Give the last layer as many units as there are classes, or compile with 'binary_crossentropy' for two classes.",
  });
}

/**
 * Refuses an output that does not fit the classes of a data set.
 *
 * @param where - The data set, for messages.
 * @throws {GraftError} `argument`.
 */
export function requireClasses(
  model: Functional,
  loss: Loss,
  where: string,
  classNames: readonly string[],
): void {
  const units = model.output.shape[1];
  const isBinary = loss.activation === 'sigmoid' && classNames.length === 2;
  const wanted = isBinary ? 1 : classNames.length;
  if (units === wanted) return;
  throw new GraftError('argument', {
    where: `model "${model.name}"`,
    expected: isBinary
      ? `an output of 1 unit, the probability of "${classNames[1]}", for ${loss.className} and the 2 classes of ${where}`
      : `an output of ${wanted} units, for the ${wanted} classes of ${where}`,
    received: units === 1 ? '1 unit' : `${units} units`,
    advice: isBinary
      ? "End the model with units: 1, activation: 'sigmoid', or compile with 'sparse_categorical_crossentropy' for a softmax."
      : `End the model with units: ${wanted}, activation: 'softmax', and compile with 'sparse_categorical_crossentropy'.`,
  });
}

/** Layers that bring pixels to a scale of their own. */
const SCALING = ['Rescaling', 'Normalization', 'BatchNormalization', 'LayerNormalization'];

/** Layers that only move pixels. */
const MOVING = ['ZeroPadding2D', 'Cropping2D', 'Reshape', 'InputLayer'];

/** What reads the pixels, or moved ones, without scaling them; undefined where there is nothing of the kind. */
function unscaledReader(model: Functional, pixels: SymbolicTensor): SymbolicTensor | undefined {
  for (const output of model.tensors) {
    if (!output.inputs.includes(pixels) || SCALING.includes(output.layer.className)) continue;
    if (!MOVING.includes(output.layer.className)) return output;
    const reader = unscaledReader(model, output);
    if (reader !== undefined) return reader;
  }
  return undefined;
}
