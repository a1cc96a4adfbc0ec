/** @file The phases of a training: the head first, then more of the network at a lower rate. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../core/errors/graft-error.ts';
import type { Functional } from '../core/layers/functional.ts';
import type { Layer } from '../core/layers/layer.ts';
import { SOLVER_NAME } from '../core/optimizers/optimizers.ts';
import type { PhaseChange, Recipe } from './recipe.ts';

/** The recipe of every phase, in order: each goes on from the weights of the one before. */
export function listPhases(recipe: Recipe): Recipe[] {
  const { phases: changes, ...first } = recipe;
  const phases: Recipe[] = [{ ...first, phases: [] }];
  for (const change of changes) phases.push(changed(phases.at(-1)!, change));
  return phases;
}

/** A penalty is the solver's: a phase with another optimizer does not take it over. */
function changed(before: Recipe, change: PhaseChange): Recipe {
  const phase = { ...before, ...said(change) };
  const isSolved = before.optimizer === SOLVER_NAME && phase.optimizer !== SOLVER_NAME;
  return isSolved ? { ...phase, l2: null } : phase;
}

function said(change: PhaseChange): Partial<Recipe> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/**
 * Looks at all phases before the first one begins.
 *
 * @throws {GraftError} `layer-not-found`; `argument`, if a phase freezes what one before it trained.
 */
export function checkPhases(backbone: Functional, phases: readonly Recipe[]): void {
  let trainedFrom = backbone.layers.length;
  for (const { unfreeze } of phases) {
    const first = unfreeze === null ? backbone.layers.length : positionOf(backbone, unfreeze);
    if (first > trainedFrom) {
      throw new GraftError('argument', {
        where: 'phases',
        expected: `a phase that trains from "${backbone.layers[trainedFrom]!.name}" or before it, as the one before`,
        received: unfreeze === null ? 'the head alone' : `from "${unfreeze}"`,
        advice: 'Unfreeze more from phase to phase, not less.',
      });
    }
    trainedFrom = first;
  }
}

/**
 * Freezes a backbone up to a layer. That layer and all after it in the model's order are trained, except batch
 * normalization, which stays as it is: its statistics are of a large data set, and those of a few small batches of
 * another one would throw the features about that the other layers were trained on.
 *
 * @param layerName - Null freezes all of it.
 * @throws {GraftError} `layer-not-found`, with the nearest name.
 */
export function freezeUpTo(backbone: Functional, layerName: string | null): void {
  const isTrainable = trainableFrom(backbone, layerName);
  for (const layer of backbone.layers) layer.trainable = isTrainable(layer);
}

/**
 * What {@link freezeUpTo} makes trainable; layers that are none of the backbone's stay as they are. Nothing is changed.
 *
 * @throws {GraftError} `layer-not-found`, with the nearest name.
 */
export function trainableFrom(backbone: Functional, layerName: string | null): (layer: Layer) => boolean {
  const own = new Set(backbone.layers);
  const first = layerName === null ? backbone.layers.length : positionOf(backbone, layerName);
  const unfrozen = new Set(
    backbone.layers.slice(first).filter(({ className }) => className !== 'BatchNormalization'),
  );
  return (layer) => (own.has(layer) ? unfrozen.has(layer) : layer.trainable);
}

function positionOf(backbone: Functional, layerName: string): number {
  const names = backbone.layers.map(({ name }) => name);
  const position = names.indexOf(layerName);
  if (position >= 0) return position;
  throw new GraftError('layer-not-found', {
    where: `network "${backbone.name}"`,
    expected: 'the name of a layer to train from (--unfreeze)',
    received: `"${layerName}"`,
    advice: `Did you mean "${closest(layerName, names)}"? graft summary lists the layers.`,
  });
}
