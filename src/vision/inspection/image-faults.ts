/** @file What may be wrong with an image by itself, whatever it shows. */

import type { ImageLook } from './image-look.ts';

/** Kinds of faults, with what they are called. */
export const IMAGE_FAULTS = {
  blank: 'of one color',
  dark: 'nearly black',
  bright: 'nearly white',
  blurred: 'blurred',
  tiny: 'tiny',
  narrow: 'of extreme aspect',
} as const;

export type ImageFault = keyof typeof IMAGE_FAULTS;

/** Deviation of the brightness below which there is nothing to see. */
const BLANK_CONTRAST = 3;
const DARK_BRIGHTNESS = 20;
const BRIGHT_BRIGHTNESS = 238;
/** Variance of the Laplacian of a 256 x 256 image, for each unit of its contrast's square: independent of light. */
const BLURRED_SHARPNESS = 0.004;
/** Pixels of the shorter side. */
const TINY_SIDE = 48;
const NARROW_ASPECT = 4;

/** All that may be wrong with an image; nothing, mostly. */
export function findFaults({ width, height, brightness, contrast, sharpness }: ImageLook): ImageFault[] {
  const shorter = Math.min(width, height);
  const faults: ImageFault[] = [];
  if (contrast < BLANK_CONTRAST) faults.push('blank');
  else if (brightness < DARK_BRIGHTNESS) faults.push('dark');
  else if (brightness > BRIGHT_BRIGHTNESS) faults.push('bright');
  // What is enlarged to be looked at is never sharp.
  else if (shorter >= 128 && sharpness < BLURRED_SHARPNESS * contrast ** 2) faults.push('blurred');
  if (shorter < TINY_SIDE) faults.push('tiny');
  if (Math.max(width, height) >= NARROW_ASPECT * shorter) faults.push('narrow');
  return faults;
}
