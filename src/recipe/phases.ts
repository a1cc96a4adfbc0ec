/** @file The phases of a training: the head first, then more of the network at a lower rate. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../core/errors/graft-error.ts';
import type { Functional } from '../core/layers/functional.ts';
import type { Layer } from '../core/layers/layer.ts';
import { SOLVER_NAME } from '../core/optimizers/optimizers.ts';
import { type AdapterFields, adaptedKernels, adaptedLayers, hasAdapters } from './phase-adapters.ts';
import type { PhaseChange, Recipe } from './recipe.ts';

/** The recipe of every phase, in order: each goes on from the weights of the one before. */
export function listPhases<R extends Pick<Recipe, 'phases'> & AdapterFields>(recipe: R): R[] {
  const { phases: changes } = recipe;
  const phases: R[] = [{ ...recipe, phases: [] }];
  for (const change of changes) phases.push(changed(phases.at(-1)!, change));
  return phases;
}

/** A penalty is the solver's: a phase with another optimizer does not take it over. */
function changed<R extends AdapterFields & Partial<Recipe>>(before: R, change: PhaseChange): R {
  const phase = { ...before, ...said(change, hasAdapters(before)) };
  const isSolved = before.optimizer === SOLVER_NAME && phase.optimizer !== SOLVER_NAME;
  return isSolved ? { ...phase, l2: null } : phase;
}

/** Adapters take the place of layers that are trained whole, and the other way round. */
function said(change: PhaseChange, wereAdapted: boolean): Partial<Recipe> {
  const values = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const { lora, unfreeze = null } = values as PhaseChange;
  if (typeof lora === 'number') return { unfreeze: null, ...values };
  const isWithout = lora === null || unfreeze !== null;
  return wereAdapted && isWithout ? { ...NO_ADAPTERS, ...values } : values;
}

const NO_ADAPTERS = { lora: null, loraFrom: null, loraTargets: null } satisfies PhaseChange;

/**
 * Looks at all phases before the first one begins.
 *
 * @throws {GraftError} `layer-not-found`; `argument`, if a phase freezes what one before it trained.
 */
export function checkPhases(backbone: Functional, phases: readonly Recipe[]): void {
  let trainedFrom = backbone.layers.length;
  let adapters: PhaseAdapters | undefined;
  for (const phase of phases) {
    const { unfreeze } = phase;
    const first = unfreeze === null ? backbone.layers.length : positionOf(backbone, unfreeze);
    const own = hasAdapters(phase) ? adaptersOf(backbone, phase) : undefined;
    if (own !== undefined && trainedFrom === backbone.layers.length) {
      requireSameAdapters(adapters, own);
      adapters = own;
      continue;
    }
    const begun = Math.min(trainedFrom, adapters?.first ?? trainedFrom);
    if (first > begun) {
      throw new GraftError('argument', {
        where: 'phases',
        expected: `a phase that trains from "${backbone.layers[begun]!.name}" or before it, as the one before`,
        received:
          own !== undefined ? 'adapters' : unfreeze === null ? 'the head alone' : `from "${unfreeze}"`,
        advice: 'Unfreeze more from phase to phase, not less.',
      });
    }
    trainedFrom = first;
  }
}

/** The adapters of a phase. */
interface PhaseAdapters {
  readonly rank: number;
  /** `layer/kernel` of each. */
  readonly kernels: ReadonlySet<string>;
  /** Position of the first layer that has some. */
  readonly first: number;
}

function adaptersOf(backbone: Functional, phase: Recipe): PhaseAdapters {
  const kernels = adaptedKernels(backbone, phase);
  const first = backbone.layers.findIndex(({ name }) =>
    [...kernels].some((key) => key.startsWith(`${name}/`)),
  );
  return { rank: phase.lora!, kernels, first };
}

/** What has been learned by adapters stays in them. */
function requireSameAdapters(before: PhaseAdapters | undefined, own: PhaseAdapters): void {
  if (before === undefined) return;
  const missing = [...before.kernels].find((kernel) => !own.kernels.has(kernel));
  if (own.rank === before.rank && missing === undefined) return;
  throw new GraftError('argument', {
    where: 'phases',
    expected: `the adapters of the phase before, of rank ${before.rank}, and perhaps more of them`,
    received: missing === undefined ? `rank ${own.rank}` : `none beside "${missing}"`,
    advice: 'Add adapters from phase to phase, or go on with unfreeze=LAYER.',
  });
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
 * What is trained in a phase: the layers from one on, or those with adapters, which have to be there. Layers that are none of the
 * backbone's stay as they are. Nothing is changed.
 *
 * @throws {GraftError} `layer-not-found`, with the nearest name.
 */
export function trainableIn(backbone: Functional, phase: Recipe): (layer: Layer) => boolean {
  if (!hasAdapters(phase)) return trainableFrom(backbone, phase.unfreeze);
  const own = new Set(backbone.layers);
  const adapted = new Set<Layer>(adaptedLayers(backbone));
  return (layer) => (own.has(layer) ? adapted.has(layer) : layer.trainable);
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
