/** @file Decodes one picture of any common format to RGB bytes of a fixed size. */

import sharp from 'sharp';
import { GraftError } from '../errors/graft-error.ts';
import { explainFailure } from './picture-failure.ts';

// Files are read once: libvips' cache of recent operations would only hold memory. Parallel decodes already
// keep every core busy, one libuv thread each; threads inside a decode bring nothing on top.
sharp.cache(false);
sharp.concurrency(1);

/** Default limit on width x height of a picture: 16,383 x 16,383, about 268 megapixels. */
export const DEFAULT_PIXEL_LIMIT: number = 16_383 * 16_383;

export interface DecodeOptions {
  /** Width of the result, pixels. */
  readonly width: number;
  /** Height of the result, pixels. */
  readonly height: number;
  /**
   * `squash` (default) stretches to the size and ignores the aspect, as Keras' `flow_from_directory` and
   * `image_dataset_from_directory` do; `crop` keeps the aspect and cuts the middle out.
   */
  readonly resize?: 'squash' | 'crop';
  /** Pictures of more pixels are refused before they are decoded. Default {@link DEFAULT_PIXEL_LIMIT}. */
  readonly pixelLimit?: number;
}

/**
 * Decodes a picture (JPEG, PNG, WebP, GIF, TIFF, AVIF) to 8-bit sRGB, upright by its EXIF orientation:
 * transparency is blended on white, grey becomes RGB, 16 bits become 8, CMYK and embedded profiles become
 * sRGB, and of an animation the first frame is taken.
 *
 * Reducing is bilinear with antialiasing: a triangle filter that widens with the reduction, as Pillow's
 * `BILINEAR` (photographs reduced to 224 px differ from it by 0.4 of 255 on average). A large JPEG is first
 * reduced by a power of two while it is decoded. Enlarging is bilinear, up to half a pixel off to the lower right.
 *
 * @param source - A path, or the bytes of a file.
 * @returns `[height, width, 3]`, values in [0, 255].
 * @throws {GraftError} `picture`; `parts.received` is the reason: `empty file`, `truncated`, `damaged`,
 *   `not a picture`, `file not found`, or the number of pixels that is above the limit.
 */
export async function decodePicture(
  source: string | Uint8Array,
  options: DecodeOptions,
): Promise<Uint8Array> {
  const { width, height, pixelLimit = DEFAULT_PIXEL_LIMIT } = options;
  refuseBadSize(width, 'width');
  refuseBadSize(height, 'height');
  try {
    // `error` refuses truncated data and broken chunks, and lets through what viewers shrug off, such as
    // stray bytes between JPEG markers: those are warnings.
    return await sharp(source, { failOn: 'error', limitInputPixels: pixelLimit, autoOrient: true })
      .resize(width, height, { fit: options.resize === 'crop' ? 'cover' : 'fill', kernel: 'linear' })
      .flatten({ background: '#ffffff' })
      .raw()
      .toBuffer();
  } catch (cause) {
    const { reason, advice } = await explainFailure(source, cause, pixelLimit);
    const where = typeof source === 'string' ? `picture "${source}"` : 'picture';
    throw new GraftError('picture', { where, expected: 'a picture', received: reason, advice }, { cause });
  }
}

function refuseBadSize(size: number, name: string): void {
  if (Number.isInteger(size) && size >= 1) return;
  throw new GraftError('argument', {
    where: 'picture decoder',
    expected: `a ${name} of at least 1 pixel`,
    received: String(size),
    advice: 'Give the size that the network expects.',
  });
}
