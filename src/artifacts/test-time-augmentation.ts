/** @file Test-time augmentation: a prediction as the mean of those of several views of an image. */

import { mirrorImages } from '../vision/images/mirror-images.ts';
import type { ModelOutputs } from './model-outputs.ts';

export const TEST_TIME_AUGMENTATIONS = ['flip'] as const;
/** Whose predictions are averaged. `flip`: those of an image and of its mirror image. */
export type TestTimeAugmentation = (typeof TEST_TIME_AUGMENTATIONS)[number];

/**
 * What a model says of images and of their mirror images, as the mean of both: probabilities of classes or labels, or values. How like
 * an image is to the training images is told of the image alone, for which the file's threshold was chosen.
 *
 * @param pixels - `[count, height, width, 3]`.
 * @param run - The model on such pixels.
 */
export async function averageFlips(
  pixels: Uint8Array,
  width: number,
  run: (pixels: Uint8Array) => Promise<ModelOutputs>,
): Promise<ModelOutputs> {
  const { outputs: plain, similarities } = await run(pixels);
  const { outputs: mirrored } = await run(mirrorImages(pixels, width));
  return { outputs: plain.map((value, index) => (value + mirrored[index]!) / 2), similarities };
}
