/** @file Images as small as a page shows them, to be inside of it. */

import { imageLimits } from '../../vision/images/image-limits.ts';
import { loadSharp } from '../images/image-loaders.ts';

/** Pixels of the longer side. */
const SIDE_PX = 144;

/** An image as `data:image/jpeg;base64,...`; undefined where it cannot be read. */
export async function pageImage(file: string): Promise<string | undefined> {
  try {
    const bytes = await loadSharp()(file, { limitInputPixels: imageLimits().pixels, autoOrient: true })
      .resize(SIDE_PX, SIDE_PX, { fit: 'inside' })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 72 })
      .toBuffer();
    return `data:image/jpeg;base64,${bytes.toString('base64')}`;
  } catch {
    return undefined;
  }
}
