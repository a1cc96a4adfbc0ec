/** @file MixUp on the features that a training step gets. */

import { mixUp } from '../data/mixing.ts';
import type { Random } from '../tensor/random.ts';
import type { Batch } from './training-step.ts';

/**
 * Blends the samples of each batch, at the frontier between the frozen and the trained part: as manifold mixup does it
 * (Verma et al. 2019), for which no picture has to go through the network again.
 *
 * @param alpha - Of the Beta distribution, > 0.
 */
export function mixUpBatch(alpha: number): (batch: Batch, random: Random) => Batch {
  return (batch, random) => {
    const { features, targets, size } = batch;
    const mixed = mixUp({ values: features, targets, size }, random, { alpha });
    return { ...batch, features: mixed.values, targets: mixed.targets };
  };
}
