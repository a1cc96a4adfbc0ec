/** @file Images as files of this machine, or in its memory, decoded by sharp. */

import { decodeBatches } from '../data/decode-batches.ts';
import { hashImages, isUnchanged } from '../data/hash-images.ts';
import { estimateDecodeBytes } from '../data/image-decoder.ts';
import type { ImageReader } from '../data/image-reader.ts';

export const imageFiles: ImageReader = {
  hash: hashImages,
  isUnchanged,
  decodeBytes: ({ file, content }) => estimateDecodeBytes(content ?? file),
  decode: decodeBatches,
};
