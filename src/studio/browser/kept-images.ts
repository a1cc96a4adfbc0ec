/** @file Images that the browser keeps: each once, under its hash, beside a small picture of it. */

import { encodeHex } from '../../core/tensor/hex.ts';
import { describeBytes, detectImageFormat, FORMAT_BYTES } from '../../vision/images/image-format.ts';
import { safeImageName } from '../project/file-name.ts';
import type { AddableFile } from '../project/project-place.ts';
import type { KeptFiles } from './kept-files.ts';
import type { KeptImage } from './kept-folder.ts';
import { imagePlace, thumbnailPlace } from './kept-places.ts';

const THUMBNAIL_PX = 256;

/** Keeps an image that the browser can decode. @throws {GraftError} `file-write`. */
export async function keepImage(files: KeptFiles, { name, bytes }: AddableFile): Promise<KeptImage> {
  const head = bytes.subarray(0, FORMAT_BYTES);
  const format = detectImageFormat(head);
  if (format === undefined) {
    const kind = bytes.length === 0 ? 'an empty file' : describeBytes(head);
    return { reason: kind ?? 'not an image' };
  }
  const own = bytes as Uint8Array<ArrayBuffer>;
  const thumbnail = await drawThumbnail(new Blob([own])).catch(() => undefined);
  if (thumbnail === undefined) return { reason: `a ${format} file that this browser cannot decode` };
  const hash = encodeHex(new Uint8Array(await crypto.subtle.digest('SHA-256', own)));
  await files.write(imagePlace(hash), own);
  await files.write(thumbnailPlace(hash), new Uint8Array(await thumbnail.arrayBuffer()));
  return { hash, name: safeImageName(name, format, new Set()) };
}

/** The square in the middle, on white. */
async function drawThumbnail(image: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(image);
  try {
    const side = Math.min(bitmap.width, bitmap.height);
    const size = Math.min(side, THUMBNAIL_PX);
    const canvas = new OffscreenCanvas(size, size);
    const context = canvas.getContext('2d')!;
    context.fillStyle = '#fff';
    context.fillRect(0, 0, size, size);
    context.imageSmoothingQuality = 'high';
    const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
    context.drawImage(bitmap, left, top, side, side, 0, 0, size, size);
    return await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 });
  } finally {
    bitmap.close();
  }
}
