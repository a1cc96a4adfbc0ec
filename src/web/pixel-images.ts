/** @file Images whose pixels a page has, as the engine reads images. */

import { GraftError } from '../core/errors/graft-error.ts';
import { HASH_BYTES, isHashed } from '../core/examples/content-hashes.ts';
import type { Sample } from '../core/examples/sample.ts';
import { platform } from '../core/runtime/platform.ts';
import type { ImageBatch, ImageReader } from '../vision/images/image-reader.ts';

/** Images of one size. */
export interface PixelSet {
  /** RGB without alpha, `[N, height, width, 3]`, values in [0, 255]. */
  readonly pixels: Uint8Array | Uint8ClampedArray;
  /** `[N]`: for each image the place of its class in `classNames`. */
  readonly labels: ArrayLike<number>;
}

/** A labeled image and where its pixels are. */
interface PixelSample extends Sample {
  readonly pixels: Uint8Array;
}

/**
 * The images of a set, to be read by {@link pixelImages}.
 *
 * @param what - What messages call them: `training image`.
 * @param imageBytes - Of one image: `height * width * 3`.
 * @throws {GraftError} `shape`, if the pixels are not so many; `argument`, if a label is none of the classes.
 */
export function createSamples(
  { pixels, labels }: PixelSet,
  { what, imageBytes, numClasses }: { what: string; imageBytes: number; numClasses: number },
): Sample[] {
  if (pixels.length !== labels.length * imageBytes) {
    throw new GraftError('shape', {
      where: `${what}s`,
      expected: `${imageBytes} bytes for each of ${labels.length} labels`,
      received: `${pixels.length} bytes`,
      advice: "Give RGB without alpha, in the size of the backbone's input, and one label for each image.",
    });
  }
  return Array.from(labels, (label, index): PixelSample => {
    if (!Number.isInteger(label) || label < 0 || label >= numClasses) {
      throw new GraftError('argument', {
        where: `${what} ${index + 1}`,
        expected: `a label from 0 to ${numClasses - 1}`,
        received: `${label}`,
        advice: 'Labels are places in classNames.',
      });
    }
    const start = pixels.byteOffset + index * imageBytes;
    return { file: `${what} ${index + 1}`, label, pixels: new Uint8Array(pixels.buffer, start, imageBytes) };
  });
}

/** Reads what {@link createSamples} gives. */
export const pixelImages: ImageReader = {
  async hash(samples, start, end, { hashes }, signal) {
    for (let index = start; index < end; index++) {
      signal?.throwIfAborted();
      if (isHashed(hashes, index)) continue;
      hashes.set(platform.sha256().update(pixelsOf(samples[index]!)).bytes(), index * HASH_BYTES);
    }
  },
  isUnchanged: async () => true,
  decodeBytes: async () => 0,
  async *decode(samples, { batchSize, signal }): AsyncGenerator<ImageBatch, void, undefined> {
    for (let start = 0; start < samples.length; start += batchSize) {
      signal?.throwIfAborted();
      const some = samples.slice(start, start + batchSize);
      const each = pixelsOf(some[0]!).length;
      // A copy: whoever draws views changes it in place.
      const pixels = new Uint8Array(some.length * each);
      some.forEach((sample, index) => {
        pixels.set(pixelsOf(sample), index * each);
      });
      yield { pixels, samples: some };
    }
  },
};

function pixelsOf(sample: Sample): Uint8Array {
  return (sample as PixelSample).pixels;
}
