/** @file Enlarges an image by bilinear interpolation, bit for bit as Pillow's `Image.resize(..., BILINEAR)`. */

export interface ImageSize {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

const CHANNELS = 3;
/** Weights are whole numbers of this many bits behind the point, as in Pillow, which makes the rounding the same. */
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/**
 * Enlarges in one direction or both; a direction of equal size is left as it is. The center of pixel `x` of the result
 * lies at `(x + 0.5) * from / to - 0.5`; beyond the outermost centers the outermost pixel is repeated. Columns come
 * first, are rounded to bytes, then rows: the order of Pillow's `ImagingResample`.
 *
 * @param pixels - `[from.height, from.width, 3]`, values in [0, 255].
 * @param to - At least as wide and as high as `from`.
 * @returns `[to.height, to.width, 3]`.
 * @see https://github.com/python-pillow/Pillow/blob/12.0.0/src/libImaging/Resample.c
 */
export function enlargeImage(pixels: Uint8Array, from: ImageSize, to: ImageSize): Uint8Array {
  const wide = from.width === to.width ? pixels : enlargeRows(pixels, from, to.width);
  return from.height === to.height ? wide : enlargeColumns(wide, from.height, to);
}

/** Of every pixel of the result, the two that it lies between, and how much of each it has. */
interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Int32Array;
  readonly secondWeight: Int32Array;
}

function tapsOf(from: number, to: number): Taps {
  const taps: Taps = {
    first: new Int32Array(to),
    second: new Int32Array(to),
    firstWeight: new Int32Array(to),
    secondWeight: new Int32Array(to),
  };
  const scale = from / to;
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(center - 0.5));
    const second = Math.min(from - 1, Math.floor(center + 0.5));
    // At a border there is one pixel alone, and the weights are divided by their sum.
    const weightOf = (pixel: number): number => Math.max(0, 1 - Math.abs(pixel + 0.5 - center));
    const secondWeight = first === second ? 0 : weightOf(second);
    const sum = weightOf(first) + secondWeight;
    taps.first[i] = first;
    taps.second[i] = second;
    taps.firstWeight[i] = fixedPoint(weightOf(first) / sum);
    taps.secondWeight[i] = fixedPoint(secondWeight / sum);
  }
  return taps;
}

function fixedPoint(weight: number): number {
  return Math.floor(0.5 + weight * (1 << PRECISION_BITS));
}

function enlargeRows(pixels: Uint8Array, { width, height }: ImageSize, to: number): Uint8Array {
  const { first, second, firstWeight, secondWeight } = tapsOf(width, to);
  const result = new Uint8Array(height * to * CHANNELS);
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < to; x++) {
      const left = (row + first[x]!) * CHANNELS;
      const right = (row + second[x]!) * CHANNELS;
      const leftWeight = firstWeight[x]!;
      const rightWeight = secondWeight[x]!;
      for (let channel = 0; channel < CHANNELS; channel++) {
        const sum = pixels[left + channel]! * leftWeight + pixels[right + channel]! * rightWeight;
        result[at++] = (sum + HALF) >> PRECISION_BITS;
      }
    }
  }
  return result;
}

function enlargeColumns(pixels: Uint8Array, height: number, to: ImageSize): Uint8Array {
  const { first, second, firstWeight, secondWeight } = tapsOf(height, to.height);
  const rowBytes = to.width * CHANNELS;
  const result = new Uint8Array(to.height * rowBytes);
  let at = 0;
  for (let y = 0; y < to.height; y++) {
    let upper = first[y]! * rowBytes;
    let lower = second[y]! * rowBytes;
    const upperWeight = firstWeight[y]!;
    const lowerWeight = secondWeight[y]!;
    for (let i = 0; i < rowBytes; i++) {
      const sum = pixels[upper++]! * upperWeight + pixels[lower++]! * lowerWeight;
      result[at++] = (sum + HALF) >> PRECISION_BITS;
    }
  }
  return result;
}
