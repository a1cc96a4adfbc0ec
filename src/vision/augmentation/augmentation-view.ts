/** @file Random views: which parameters a view of an image has, by seed and name alone. */

import { createRandom, type Random } from '../../core/tensor/random.ts';
import type { AugmentationSpec, Range } from './augmentation-spec.ts';
import type { ImageTransform } from './augmentation-transform.ts';
import { drawOperations } from './rand-augment.ts';
import { drawCrop } from './random-resized-crop.ts';

/** Which view of which image. The same one is the same on every machine, in any order, on any thread. */
export interface ViewId {
  /** What identifies the image: its path below the data's folder, or a hash of its content. */
  readonly key: string;
  /** From 0. */
  readonly epoch: number;
  /** Number of the view within the epoch, from 0. Default 0. */
  readonly view?: number;
}

/**
 * The parameters of a view, for an image of `height` x `width` pixels.
 *
 * Every number is drawn whether it is used or not: switching one change on or off leaves the others as they were.
 *
 * Shifts go along the axis that they are named after. Keras' `get_random_transform` hands `height_shift_range` to
 * `tx`, which moves columns, and `width_shift_range` to `ty`; that is not followed, and makes no difference where
 * both are equal and the image is square.
 */
export function drawTransform(
  spec: AugmentationSpec,
  size: { readonly height: number; readonly width: number },
  seed: number,
  id: ViewId,
): ImageTransform {
  const random = createRandom(seed)
    .fork('augmentation')
    .fork(`${id.epoch}/${id.view ?? 0}/${id.key}`);
  const { randomResizedCrop, randAugment } = spec;
  return {
    theta: symmetric(random, spec.rotation),
    tx: symmetric(random, spec.widthShift) * size.width,
    ty: symmetric(random, spec.heightShift) * size.height,
    shear: symmetric(random, spec.shear),
    zx: within(random, spec.zoom),
    zy: within(random, spec.zoom),
    flipHorizontal: random.uniform() < 0.5 && spec.horizontalFlip,
    flipVertical: random.uniform() < 0.5 && spec.verticalFlip,
    brightness: within(random, spec.brightness),
    contrast: within(random, spec.contrast),
    saturation: within(random, spec.saturation),
    // From streams of their own: whoever wants neither has the views of versions that had neither.
    crop: randomResizedCrop && drawCrop(randomResizedCrop, size, random.fork('crop')),
    operations: randAugment && drawOperations(randAugment, size, random.fork('operations')),
  };
}

function symmetric(random: Random, limit: number): number {
  // Not -0 for a limit of 0.
  return (random.uniform() * 2 - 1) * limit + 0;
}

function within(random: Random, [low, high]: Range): number {
  return low + random.uniform() * (high - low);
}
