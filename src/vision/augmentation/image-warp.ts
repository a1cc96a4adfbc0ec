/** @file What makes views of images, as an interface. */

import type { Affine } from './affine.ts';
import type { AugmentationSpec } from './augmentation-spec.ts';

/** An image, `[height, width, 3]`, values in [0, 255]. */
export interface PixelGrid {
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** What makes a view: `createWarpKernel` of the kernels. */
export interface ImageWarp {
  /** @param target - May be `source`. */
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
