/** @file Images as files of this machine, or in its memory, decoded by sharp. */

import type { ImageReader } from '../../vision/images/image-reader.ts';
import { decodeBatches } from './decode-batches.ts';
import { hashImages, isUnchanged } from './hash-images.ts';
import { estimateFileDecodeBytes } from './image-decoder.ts';

export const imageFiles: ImageReader = {
  hash: hashImages,
  isUnchanged,
  decodeBytes: ({ file, content }) => estimateFileDecodeBytes(content ?? file),
  decode: decodeBatches,
};
