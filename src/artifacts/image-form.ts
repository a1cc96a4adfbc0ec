/** @file The form in which a model takes images. */

import type { ImageSize } from '../vision/images/image-reader.ts';
import type { ModelInfo } from './model-info.ts';

/** How images are decoded for a model: files that do not tell were trained on the older way of enlarging. */
export function imageFormOf({ input }: ModelInfo): ImageSize {
  const { widthPx: width, heightPx: height, resize, interpolation = 'libvips' } = input;
  return { width, height, resize, interpolation };
}
