/** @file Random resized crop: a part of random area and aspect, enlarged to the whole, as in torchvision. */

import type { Random } from '../../core/tensor/random.ts';
import type { Affine } from './affine.ts';

/**
 * Ranges of the part that a view shows, of the image as the network sees it.
 *
 * @see https://arxiv.org/abs/1409.4842
 * @see https://github.com/pytorch/vision/blob/v0.21.0/torchvision/transforms/transforms.py
 */
export interface RandomResizedCrop {
  /** Fractions of the image's area, above 0, at most 1. */
  readonly scale: readonly [number, number];
  /** Width over height, [0.1, 10]; drawn uniformly in the logarithm. */
  readonly ratio: readonly [number, number];
}

/** torchvision's. */
export const USUAL_CROP: RandomResizedCrop = { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] };

/** A part of an image, whole pixels. */
export interface CropBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** After so many draws that do not fit, the largest part of a fitting aspect in the middle is taken. */
const MAX_DRAWS = 10;

/** Draws a part: `RandomResizedCrop.get_params`. */
export function drawCrop(
  { scale, ratio }: RandomResizedCrop,
  { height, width }: { readonly height: number; readonly width: number },
  random: Random,
): CropBox {
  const [shortest, longest] = [Math.log(ratio[0]), Math.log(ratio[1])];
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const area = height * width * between(scale[0], scale[1], random);
    const aspect = Math.exp(between(shortest, longest, random));
    const box = { width: Math.round(Math.sqrt(area * aspect)), height: Math.round(Math.sqrt(area / aspect)) };
    if (box.width < 1 || box.height < 1 || box.width > width || box.height > height) continue;
    return {
      ...box,
      left: random.integer(width - box.width + 1),
      top: random.integer(height - box.height + 1),
    };
  }
  const aspect = Math.min(Math.max(width / height, ratio[0]), ratio[1]);
  const box =
    aspect > width / height
      ? { width, height: Math.max(1, Math.round(width / aspect)) }
      : { width: Math.max(1, Math.round(height * aspect)), height };
  return {
    ...box,
    left: Math.floor((width - box.width) / 2),
    top: Math.floor((height - box.height) / 2),
  };
}

/** From a pixel of the enlarged part to the place in the image that it shows. */
export function cropAffine(
  { left, top, width, height }: CropBox,
  size: Pick<CropBox, 'width' | 'height'>,
): Affine {
  const [x, y] = [width / size.width, height / size.height];
  return [x, 0, (x - 1) / 2 + left, 0, y, (y - 1) / 2 + top];
}

function between(low: number, high: number, random: Random): number {
  return low + random.uniform() * (high - low);
}
