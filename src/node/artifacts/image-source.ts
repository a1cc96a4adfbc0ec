/** @file Decodes images that a program gives, by their paths or from memory. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { ImageSource } from '../../core/examples/image-content.ts';
import type { ImageSize } from '../../vision/images/image-reader.ts';
import { decodeImage } from '../images/image-decoder.ts';

export interface DecodedImages {
  /** `[count, height, width, 3]`, values in [0, 255]. */
  readonly pixels: Uint8Array;
  readonly count: number;
}

export interface DecodeImagesOptions extends ImageSize {
  readonly batchSize: number;
}

/**
 * Decodes images in batches, in their order; while the caller works on one, the next is decoded.
 *
 * @throws {GraftError} `image`, which says of which image, at the first that cannot be read.
 */
export async function* decodeImages(
  images: readonly ImageSource[],
  options: DecodeImagesOptions,
): AsyncGenerator<DecodedImages, void, undefined> {
  const { batchSize } = options;
  const begin = (start: number): Promise<DecodedImages> => {
    const decoded = decodeBatch(images, start, options);
    // Who stops early never looks at it.
    decoded.catch(() => {});
    return decoded;
  };
  let next = begin(0);
  for (let start = 0; start < images.length; start += batchSize) {
    const batch = await next;
    next = begin(start + batchSize);
    yield batch;
  }
}

async function decodeBatch(
  images: readonly ImageSource[],
  start: number,
  { batchSize, ...form }: DecodeImagesOptions,
): Promise<DecodedImages> {
  const some = images.slice(start, start + batchSize);
  const size = form.height * form.width * 3;
  const pixels = new Uint8Array(some.length * size);
  const results = await Promise.allSettled(
    some.map(async (image, index) => {
      pixels.set(await decodeImage(image, form), index * size);
    }),
  );
  const failed = results.findIndex(({ status }) => status === 'rejected');
  if (failed >= 0) {
    const { reason } = results[failed] as PromiseRejectedResult;
    throw named(reason, some[failed]!, start + failed, images.length);
  }
  return { pixels, count: some.length };
}

/** A path is in the message already; of bytes only their place tells which they are. */
function named(error: unknown, image: ImageSource, index: number, count: number): unknown {
  if (!(error instanceof GraftError) || typeof image === 'string' || count === 1) return error;
  return new GraftError(
    error.code,
    { ...error.parts, where: `image ${index + 1} of ${count}` },
    { cause: error },
  );
}
