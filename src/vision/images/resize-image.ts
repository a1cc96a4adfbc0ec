/** @file Resizes an image by bilinear interpolation with antialiasing, bit for bit as Pillow's `Image.resize(..., BILINEAR)`. */

import { type ImageSize, placeImage, planResize, type ResizeMode } from './resize-mode.ts';
import { PRECISION_BITS, type ResizeTaps, resizeTaps, sourceOfPart } from './resize-taps.ts';

const CHANNELS = 3;
/** Of this file, for an imported name is looked up at every use: four times slower. */
const BITS = PRECISION_BITS;
const HALF = 1 << (BITS - 1);

/**
 * Brings an image to a size, as `decodeImage` does with files: enlarged ones to the bit, and reduced ones as Pillow, from which
 * libvips differs by less than 1 of 255 on average.
 *
 * @param pixels - RGB, `[from.height, from.width, 3]`, values in [0, 255].
 * @param mode - What becomes of another aspect. Default `squash`.
 * @returns `[to.height, to.width, 3]`.
 */
export function resizeImage(
  pixels: Uint8Array,
  from: ImageSize,
  to: ImageSize,
  mode: ResizeMode = 'squash',
): Uint8Array {
  const plan = planResize(from, to, mode);
  const { resized, seen } = plan;
  const columns = resizeTaps(from.width, resized.width, seen.left, seen.width);
  const rows = resizeTaps(from.height, resized.height, seen.top, seen.height);
  // Columns come first, are rounded to bytes, then rows: the order of Pillow's `ImagingResample`.
  const { left, top } = sourceOfPart(from, resized, seen);
  const wide = resizeRows(
    pixels.subarray((top * from.width + left) * CHANNELS),
    from.width,
    columns,
    rows.span,
  );
  return placeImage(resizeColumns(wide, rows, seen.width), plan, to);
}

/** Every row becomes as long as there are wanted columns. @param stride - Pixels from one row to the next. */
function resizeRows(
  pixels: Uint8Array,
  stride: number,
  { first, counts, weights, width }: ResizeTaps,
  height: number,
): Uint8Array {
  const to = first.length;
  const result = new Uint8Array(height * to * CHANNELS);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < to; x++) {
      let pixel = (y * stride + first[x]!) * CHANNELS;
      let [red, green, blue] = [HALF, HALF, HALF];
      for (let k = 0; k < counts[x]!; k++, pixel += CHANNELS) {
        const weight = weights[x * width + k]!;
        red += pixels[pixel]! * weight;
        green += pixels[pixel + 1]! * weight;
        blue += pixels[pixel + 2]! * weight;
      }
      result[at++] = red >> BITS;
      result[at++] = green >> BITS;
      result[at++] = blue >> BITS;
    }
  }
  return result;
}

function resizeColumns(pixels: Uint8Array, taps: ResizeTaps, columns: number): Uint8Array {
  const { first, counts, weights, width } = taps;
  const rowBytes = columns * CHANNELS;
  const result = new Uint8Array(first.length * rowBytes);
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < first.length; y++) {
    sums.fill(HALF);
    for (let k = 0; k < counts[y]!; k++) {
      const weight = weights[y * width + k]!;
      const from = (first[y]! + k) * rowBytes;
      for (let i = 0; i < rowBytes; i++) sums[i]! += pixels[from + i]! * weight;
    }
    for (let i = 0; i < rowBytes; i++) result[y * rowBytes + i] = sums[i]! >> BITS;
  }
  return result;
}
