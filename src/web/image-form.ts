/** @file How a page has images: as a network takes them, and whole. */

import type { ImageSize, ResizeMode } from '../vision/images/resize-mode.ts';

/** How a network takes images. */
export interface ImageForm extends ImageSize {
  /** What becomes of another aspect. Default `squash`. */
  readonly resize?: ResizeMode | undefined;
}

/** An image in its own size. */
export interface WholeImage extends ImageSize {
  /** RGB, `[height, width, 3]`, values in [0, 255]. */
  readonly pixels: Uint8Array;
}
