/** @file Images of a page that are checked: a look at each, and copies by the hashes of their bytes. */

import type { CheckedImages } from '../inspection/image-features.ts';
import { resizeImage } from '../vision/images/resize-image.ts';
import { LOOK_SIZE, lookAt } from '../vision/inspection/image-look.ts';
import { type GivenSample, givenImages } from './given-images.ts';
import { copiesIn } from './image-classes.ts';
import { wholeImage } from './image-pixels.ts';

/** Samples of {@link givenImages}. */
export const checkedImages: CheckedImages = {
  reader: givenImages,
  async look(sample) {
    const { file, image } = sample as GivenSample;
    const { pixels, ...size } = await wholeImage(image, `image "${file}"`);
    return lookAt(resizeImage(pixels, size, { width: LOOK_SIZE, height: LOOK_SIZE }), size);
  },
  identical: async (_, hashes) => copiesIn(hashes),
};
