/** @file Images as files of this machine, decoded by sharp. */

import type { ImageReader } from '../../vision/images/image-reader.ts';
import { decodeBatches } from './decode-batches.ts';
import { hashImages, isUnchanged } from './hash-images.ts';
import { estimateDecodeBytes } from './image-decoder.ts';

export const imageFiles: ImageReader = {
  hash: hashImages,
  isUnchanged: ({ file }, index, hashes) => isUnchanged(file, index, hashes),
  decodeBytes: ({ file }) => estimateDecodeBytes(file),
  decode: decodeBatches,
};
