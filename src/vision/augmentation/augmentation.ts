/** @file Augments images: draws a view's parameters and has the kernel make it. */

import type { AugmentationSpec } from './augmentation-spec.ts';
import { type Affine, computeAffine, type ImageTransform } from './augmentation-transform.ts';
import { drawTransform, type ViewId } from './augmentation-view.ts';

/** What makes a view: `createWarpKernel` of the kernels. */
export interface ImageWarp {
  apply(
    source: Uint8Array,
    target: Uint8Array,
    job: {
      readonly height: number;
      readonly width: number;
      readonly matrix: Affine;
      readonly fill: AugmentationSpec['fill'];
      readonly fillValue: number;
      readonly brightness: number;
      readonly contrast: number;
      readonly saturation: number;
    },
  ): void;
}

/** An image, `[height, width, 3]`, values in [0, 255]. */
export interface PixelGrid {
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}

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
 * One view with given parameters: warp, flips, brightness, contrast, saturation, in this order. Values are rounded
 * after the warp and at the end.
 */
export function applyTransform(
  { pixels, height, width }: PixelGrid,
  transform: ImageTransform,
  filling: Pick<AugmentationSpec, 'fill' | 'fillValue'>,
  warp: ImageWarp,
  target: Uint8Array = new Uint8Array(pixels.length),
): Uint8Array {
  const { fill, fillValue } = filling;
  const { brightness, contrast, saturation } = transform;
  const matrix = computeAffine(transform, height, width);
  warp.apply(pixels, target, { height, width, matrix, fill, fillValue, brightness, contrast, saturation });
  return target;
}
