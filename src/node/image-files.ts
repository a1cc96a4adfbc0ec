/** @file Images as files of this machine, decoded by sharp. */

import { decodeBatches } from '../data/decode-batches.ts';
import { hashImages, isUnchanged } from '../data/hash-images.ts';
import { estimateFileDecodeBytes } from '../data/image-decoder.ts';
import type { ImageReader } from '../data/image-reader.ts';

export const imageFiles: ImageReader = {
  hash: hashImages,
  isUnchanged: ({ file }, index, hashes) => isUnchanged(file, index, hashes),
  decodeBytes: ({ file }) => estimateFileDecodeBytes(file),
  decode: decodeBatches,
};
