/** @file Images that are checked, as files of this machine: decoded by sharp, copies found without reading what cannot be one. */

import type { Sample } from '../../core/examples/sample.ts';
import type { CheckedImages } from '../../inspection/image-features.ts';
import { type ImageLook, LOOK_SIZE, lookAt } from '../../vision/inspection/image-look.ts';
import { findIdentical } from '../images/identical-images.ts';
import { decodeImage } from '../images/image-decoder.ts';
import { imageFiles } from '../images/image-files.ts';
import { loadSharp } from '../images/image-loaders.ts';

export const checkedFiles: CheckedImages = {
  reader: imageFiles,
  look,
  identical: (samples, hashes, signal) => findIdentical([{ samples, hashes }], signal),
};

async function look({ file, content }: Sample): Promise<ImageLook> {
  const source = content ?? file;
  const pixels = await decodeImage(source, { width: LOOK_SIZE, height: LOOK_SIZE });
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) return lookAt(pixels, source);
  const { autoOrient } = await loadSharp()(source, { limitInputPixels: false }).metadata();
  return lookAt(pixels, autoOrient);
}
