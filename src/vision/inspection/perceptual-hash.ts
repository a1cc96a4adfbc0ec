/**
 * @file The perceptual hash of an image: 64 bits that stay nearly the same when it is saved again, made smaller, brighter or gray.
 *
 * @see Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010; ImageHash, `phash`
 */

import type { GrayImage } from './gray-image.ts';

/** Two words of 32 bits. */
export type PerceptualHash = readonly [high: number, low: number];

/** The hash is of an image of this size. */
export const HASHED_SIZE = 32;
/** Frequencies in each direction. */
const FREQUENCIES = 8;

/**
 * Hashes an image and its mirror image, which takes no second transform: mirroring changes the sign of every other horizontal
 * frequency.
 *
 * @param image - Of {@link HASHED_SIZE}.
 */
export function perceptualHashes(image: GrayImage): { plain: PerceptualHash; mirrored: PerceptualHash } {
  const spectrum = lowFrequencies(image);
  const mirrored = spectrum.map((value, index) => ((index % FREQUENCIES) % 2 === 1 ? -value : value));
  return { plain: bitsAboveMedian(spectrum), mirrored: bitsAboveMedian(mirrored) };
}

/** `[8, frequency x, size]`, the cosines of the transform (DCT-II). */
const COSINES: Float64Array = Float64Array.from({ length: FREQUENCIES * HASHED_SIZE }, (_, index) => {
  const [frequency, x] = [Math.floor(index / HASHED_SIZE), index % HASHED_SIZE];
  return Math.cos((Math.PI * frequency * (2 * x + 1)) / (2 * HASHED_SIZE));
});

/** The lowest frequencies, `[vertical, horizontal]`. */
function lowFrequencies({ values }: GrayImage): Float64Array {
  const rows = new Float64Array(HASHED_SIZE * FREQUENCIES);
  for (let y = 0; y < HASHED_SIZE; y++) {
    for (let u = 0; u < FREQUENCIES; u++) {
      let sum = 0;
      for (let x = 0; x < HASHED_SIZE; x++) {
        sum += values[y * HASHED_SIZE + x]! * COSINES[u * HASHED_SIZE + x]!;
      }
      rows[y * FREQUENCIES + u] = sum;
    }
  }
  const spectrum = new Float64Array(FREQUENCIES * FREQUENCIES);
  for (let v = 0; v < FREQUENCIES; v++) {
    for (let u = 0; u < FREQUENCIES; u++) {
      let sum = 0;
      for (let y = 0; y < HASHED_SIZE; y++) {
        sum += rows[y * FREQUENCIES + u]! * COSINES[v * HASHED_SIZE + y]!;
      }
      spectrum[v * FREQUENCIES + u] = sum;
    }
  }
  return spectrum;
}

function bitsAboveMedian(spectrum: Float64Array): PerceptualHash {
  const sorted = spectrum.toSorted();
  const middle = sorted.length / 2;
  const median = (sorted[middle - 1]! + sorted[middle]!) / 2;
  const words: [number, number] = [0, 0];
  spectrum.forEach((value, index) => {
    if (value > median) words[index >> 5]! |= 1 << (31 - (index & 31));
  });
  return [words[0]! >>> 0, words[1]! >>> 0];
}
