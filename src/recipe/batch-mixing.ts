/** @file MixUp and CutMix on the features that a training step gets. */

import { findFeatureMap } from '../core/fit/feature-map.ts';
import { cutMix, type ImageSize, mixUp } from '../core/fit/mixing.ts';
import type { TrainedPart } from '../core/steps/freeze-boundary.ts';
import type { Batch } from '../core/steps/training-step.ts';
import type { Random } from '../core/tensor/random.ts';
import type { Recipe } from './recipe.ts';

/** All that it draws comes from the random numbers of its batch, so a run that is resumed mixes as the whole one did. */
export type BatchMixing = (batch: Batch, random: Random) => Batch;

/** Where a recipe asks for both, each batch gets one of them, as likely the one as the other: timm's `switch_prob`. */
const CUT_MIX_FRACTION = 0.5;

/**
 * What a recipe asks for; undefined where it mixes nothing.
 *
 * @throws {GraftError} `argument`, if CutMix is asked for and the trained part does not begin with a feature map.
 */
export function createBatchMixing(
  { mixup, cutmix }: Pick<Recipe, 'mixup' | 'cutmix'>,
  part: TrainedPart,
): BatchMixing | undefined {
  const blends = mixup === null ? undefined : mixUpBatch(mixup);
  const cuts = cutmix === null ? undefined : cutMixBatch(cutmix, findFeatureMap(part));
  return blends && cuts ? eitherOf(cuts, blends) : (blends ?? cuts);
}

/**
 * Blends the samples of each batch, at the freeze boundary between the frozen and the trained part: as manifold mixup does it
 * (Verma et al. 2019), for which no image has to go through the network again.
 *
 * @param alpha - Of the Beta distribution, > 0.
 */
export function mixUpBatch(alpha: number): BatchMixing {
  return (batch, random) => {
    const { features, targets, size } = batch;
    const mixed = mixUp({ values: features, targets, size }, random, { alpha });
    return { ...batch, features: mixed.values, targets: mixed.targets };
  };
}

/**
 * Puts a rectangle of another sample's feature map into each sample of a batch, at the same place in all of them. A
 * position of a feature map stands for its patch of the image, so this is CutMix without another pass of the network.
 *
 * @param alpha - Of the Beta distribution, > 0.
 */
export function cutMixBatch(alpha: number, map: ImageSize): BatchMixing {
  return (batch, random) => {
    const { features, targets, size } = batch;
    const mixed = cutMix({ values: features, targets, size }, map, random, { alpha });
    return { ...batch, features: mixed.values, targets: mixed.targets };
  };
}

function eitherOf(cuts: BatchMixing, blends: BatchMixing): BatchMixing {
  return (batch, random) => (random.uniform() < CUT_MIX_FRACTION ? cuts : blends)(batch, random);
}
