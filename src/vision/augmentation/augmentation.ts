/** @file Augments images: draws a view's parameters and has the kernel make it. */

import type { AugmentationSpec } from './augmentation-spec.ts';
import { computeAffine, type ImageTransform } from './augmentation-transform.ts';
import { drawTransform, type ViewId } from './augmentation-view.ts';
import type { ImageWarp, PixelGrid } from './image-warp.ts';
import { applyOperation } from './rand-augment.ts';

export interface Augmenter {
  readonly spec: AugmentationSpec;
  readonly seed: number;
  /**
   * A random view of an image.
   *
   * @param target - Where it goes, `[height, width, 3]`; may be the image's own pixels. Default: new bytes.
   * @returns `target`.
   */
  augment(image: PixelGrid, id: ViewId, target?: Uint8Array): Uint8Array;
}

/** @param seed - Any integer: the same one gives the same views. */
export function createAugmenter(spec: AugmentationSpec, seed: number, warp: ImageWarp): Augmenter {
  return {
    spec,
    seed,
    augment(image, id, target) {
      return applyTransform(image, drawTransform(spec, image, seed, id), spec, warp, target);
    },
  };
}

/**
 * One view with given parameters: crop, warp, flips, brightness, contrast, saturation, RandAugment, in this order. Values are
 * rounded after the warp, which crops and flips too, after the colors, and after each of RandAugment's operations.
 */
export function applyTransform(
  { pixels, height, width }: PixelGrid,
  transform: ImageTransform,
  filling: Pick<AugmentationSpec, 'fill' | 'fillValue'>,
  warp: ImageWarp,
  target: Uint8Array = new Uint8Array(pixels.length),
): Uint8Array {
  const { fill, fillValue } = filling;
  const { brightness, contrast, saturation, operations = [] } = transform;
  const matrix = computeAffine(transform, height, width);
  warp.apply(pixels, target, { height, width, matrix, fill, fillValue, brightness, contrast, saturation });
  const view = { pixels: target, height, width };
  for (const operation of operations) applyOperation(operation, view, { warp, fill, fillValue });
  return target;
}
