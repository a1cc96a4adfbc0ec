/** @file Low-rank adapters, phase by phase: which are trained, and what becomes of them when whole layers follow. */

import { GraftError } from '../core/errors/graft-error.ts';
import { AdaptableLayer, type LoraAdapter } from '../core/layers/adaptable-layer.ts';
import type { Functional } from '../core/layers/functional.ts';
import type { Recipe } from './recipe.ts';

/** What of a phase says which adapters it trains. */
export type AdapterFields = Pick<Recipe, 'lora' | 'loraFrom' | 'loraTargets'>;

/** Whether a phase trains adapters. */
export function hasAdapters({ lora = null }: AdapterFields): boolean {
  return lora !== null;
}

/** The kernels beside which a phase has adapters, as `layer/kernel`. @throws {GraftError} As `findProjections`. */
export function adaptedKernels(backbone: Functional, { loraFrom, loraTargets }: AdapterFields): Set<string> {
  const chosen = backbone.findProjections({
    from: loraFrom ?? undefined,
    targets: loraTargets ?? 'all',
  });
  return new Set(
    [...chosen].flatMap(([{ name }, projections]) => projections.map(({ kernel }) => `${name}/${kernel}`)),
  );
}

/**
 * Puts the adapters in that a phase trains, beside those that are there. Those of phases before are merged where the phase trains none:
 * it trains their layers whole. A's numbers are drawn when `initialize` has seeded them; to begin with, nothing changes.
 *
 * @throws {GraftError} `argument`, if no layer has such a target; `layer-not-found`, if no layer is called `loraFrom`.
 */
export function adaptToPhase(backbone: Functional, phase: AdapterFields): void {
  const { lora = null, loraFrom, loraTargets } = phase;
  if (lora === null) {
    for (const layer of adaptedLayers(backbone)) {
      layer.unfreezeKernels();
      layer.mergeLora();
    }
    return;
  }
  const chosen = backbone.findProjections({
    from: loraFrom ?? undefined,
    targets: loraTargets ?? 'all',
  });
  for (const [layer, projections] of chosen) {
    const known = layer.loraRanks;
    const lacking = projections.filter(({ kernel }) => !known.has(kernel));
    if (lacking.length > 0) layer.enableLora(lora, { targets: lacking.map(({ target }) => target) });
  }
}

/** Takes adapters out that have learned nothing yet. */
export function forgetAdapters(backbone: Functional): void {
  for (const layer of adaptedLayers(backbone)) layer.disableLora();
}

/** An adapter and the layer that it is of. */
export interface LayerAdapter extends LoraAdapter {
  readonly layer: string;
}

/** All adapters of a network, in its order. */
export function listAdapters(backbone: Functional): LayerAdapter[] {
  return adaptedLayers(backbone).flatMap(({ name, adapters }) =>
    adapters.map((adapter) => ({ ...adapter, layer: name })),
  );
}

/** Adapters with what they have learned become part of the kernels. */
export function mergeAdapters(backbone: Functional): void {
  for (const layer of adaptedLayers(backbone)) layer.mergeLora();
}

/** The layers with adapters, in the network's order. */
export function adaptedLayers(backbone: Functional): AdaptableLayer[] {
  return backbone.layers
    .filter((layer) => layer instanceof AdaptableLayer)
    .filter(({ loraRanks }) => loraRanks.size > 0);
}

/**
 * Refuses what of adapters is said without them, or beside layers that are trained whole.
 *
 * @param where - `recipe`, or the phase.
 * @throws {GraftError} `argument`.
 */
export function requireFittingAdapters(
  where: string,
  { lora = null, loraFrom = null, loraTargets = null, unfreeze }: AdapterFields & Pick<Recipe, 'unfreeze'>,
): void {
  if (lora === null) {
    const flag = loraFrom !== null ? '--lora-from' : loraTargets !== null ? '--lora-targets' : undefined;
    if (flag === undefined) return;
    throw new GraftError('argument', {
      where,
      expected: `a rank of adapters (--lora) with ${flag}`,
      received: 'none',
      advice: 'Give one, such as --lora 8.',
    });
  }
  if (unfreeze === null) return;
  throw new GraftError('argument', {
    where,
    expected: 'adapters (--lora) or layers that are trained whole (--unfreeze)',
    received: `both, rank ${lora} and from "${unfreeze}"`,
    advice: 'Train one after the other: --lora 8 --then unfreeze=LAYER.',
  });
}
