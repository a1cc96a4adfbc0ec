/** @file MixUp and CutMix on the features that a training step gets. */

import { GraftError } from '../core/errors/graft-error.ts';
import { isRagged } from '../core/examples/tensor-spec.ts';
import { findFeatureMap } from '../core/fit/feature-map.ts';
import { cutMix, type ImageSize, type MixableBatch, type Mixed, mixUp } from '../core/fit/mixing.ts';
import { boundarySpecs, type TrainedPart } from '../core/steps/freeze-boundary.ts';
import type { Batch } from '../core/steps/training-step.ts';
import type { Random } from '../core/tensor/random.ts';
import { type Tensor, tensor } from '../core/tensor/tensor.ts';
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
  if (mixup !== null) requireMixable(part);
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
    const mixed = mixUp(mixable(batch), random, { alpha });
    return withMixed(batch, mixed);
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
    const mixed = cutMix(mixable(batch), map, random, { alpha });
    return withMixed(batch, mixed);
  };
}

function mixable({ features, targets, size }: Batch): MixableBatch<Float32Array> {
  return { values: features[0]!.data as Float32Array, targets, size };
}

function withMixed(batch: Batch, { values, targets }: Mixed<Float32Array>): Batch {
  const [{ dtype, shape }] = batch.features as [Tensor];
  return { ...batch, features: [tensor(dtype, shape, values)], targets };
}

/** What differs in length from example to example has no middle between two. @throws {GraftError} `argument`. */
function requireMixable({ boundary, model }: TrainedPart): void {
  const specs = boundarySpecs({ boundary, model });
  if (specs.length === 1 && specs[0]!.dtype === 'float32' && !isRagged(specs[0]!)) return;
  throw new GraftError('argument', {
    where: 'mixup',
    expected: 'features of one size where the trained part begins',
    received: specs
      .map(({ name, shape }) => `${name} [${shape.map((size) => size ?? '?').join(', ')}]`)
      .join(', '),
    advice: 'Leave out --mixup, or train only what comes behind the pooling.',
  });
}

function eitherOf(cuts: BatchMixing, blends: BatchMixing): BatchMixing {
  return (batch, random) => (random.uniform() < CUT_MIX_FRACTION ? cuts : blends)(batch, random);
}
