/** @file Learning rates that differ by layer: what a layer's is multiplied by. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../errors/graft-error.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { isTrained, type TrainedPart } from './freeze-boundary.ts';

/**
 * What the learning rate of a layer's weights is multiplied by, >= 0: by the layer's name; layers that a map lacks
 * take the rate as it is. With 0, weights stay while the optimizer's averages move.
 */
export type RateMultipliers = ReadonlyMap<string, number> | ((layerName: string) => number);

/**
 * The factor of each layer.
 *
 * @param layerNames - Layers that are trained.
 * @throws {GraftError} `argument`, if a factor is negative or not finite, or a map has a layer that is not trained.
 */
export function computeRateMultipliers(
  layerNames: readonly string[],
  multipliers: RateMultipliers | undefined,
): ReadonlyMap<string, number> {
  if (multipliers === undefined) return new Map(layerNames.map((name) => [name, 1]));
  if (typeof multipliers !== 'function') requireKnown(layerNames, [...multipliers.keys()]);
  return new Map(
    layerNames.map((name) => {
      const factor = typeof multipliers === 'function' ? multipliers(name) : (multipliers.get(name) ?? 1);
      if (Number.isFinite(factor) && factor >= 0) return [name, factor];
      throw new GraftError('argument', {
        where: `learning rate of layer "${name}"`,
        expected: 'a factor of at least 0',
        received: `${factor}`,
        advice: 'Give 1 for the rate as it is, and less for a lower one.',
      });
    }),
  );
}

/**
 * Layer-wise decay: `decay^d` for a layer with d trained layers behind it, on the longest way to the output. The last
 * trained layer keeps the rate, and what is nearer to the images, and more general, moves less.
 *
 * @param decay - In (0, 1].
 * @throws {GraftError} `argument`, if decay is out of its range.
 * @see https://arxiv.org/abs/1801.06146 (discriminative fine-tuning)
 */
export function layerWiseDecay(part: TrainedPart, decay: number): ReadonlyMap<string, number> {
  if (!(decay > 0 && decay <= 1)) {
    throw new GraftError('argument', {
      where: 'layer-wise decay of the learning rate',
      expected: 'a factor above 0, up to 1',
      received: `${decay}`,
      advice: 'Take 0.9 for rates that fall slowly towards the input.',
    });
  }
  const behind = new Map<SymbolicTensor, number>();
  for (const tensor of part.tensors.toReversed()) {
    const own = behind.get(tensor) ?? 0;
    for (const input of tensor.inputs) {
      behind.set(input, Math.max(behind.get(input) ?? 0, own + (isTrained(tensor.layer) ? 1 : 0)));
    }
  }
  // A layer that is applied several times counts by the application that is farthest from the output.
  const depths = new Map<string, number>();
  for (const tensor of part.tensors) {
    const { name } = tensor.layer;
    if (!isTrained(tensor.layer)) continue;
    depths.set(name, Math.max(depths.get(name) ?? 0, behind.get(tensor) ?? 0));
  }
  return new Map([...depths].map(([name, depth]) => [name, decay ** depth]));
}

function requireKnown(layerNames: readonly string[], given: readonly string[]): void {
  const unknown = given.find((name) => !layerNames.includes(name));
  if (unknown === undefined) return;
  throw new GraftError('argument', {
    where: 'learning rates by layer',
    expected: 'names of layers that are trained',
    received: `"${unknown}"`,
    advice: `The nearest is "${closest(unknown, [...layerNames])}".`,
  });
}
