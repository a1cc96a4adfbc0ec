/** @file Which pixels a resized image is made of, in one direction: the triangles of Pillow's `BILINEAR`. */

import type { ImagePart, ImageSize } from './resize-mode.ts';

/** Weights are whole numbers of this many bits behind the point, as in Pillow, which makes the rounding the same. */
export const PRECISION_BITS = 22;

/** Of every wanted pixel of the result, which pixels it is made of, and how much of each it has. */
export interface ResizeTaps {
  /** The first pixel that is looked at, and how many are. */
  readonly start: number;
  readonly span: number;
  /** `[wanted]`: the first one of each, counted from `start`. */
  readonly first: Int32Array;
  /** `[wanted]`: how many each has, at least 1. */
  readonly counts: Int32Array;
  /** `[wanted, width]`; zeros beyond the last. */
  readonly weights: Int32Array;
  /** The most that any has: 2 where nothing is reduced. */
  readonly width: number;
}

/**
 * The center of pixel `x` of the result lies at `(x + 0.5) * from / to - 0.5`; the triangle around it widens where the image is
 * reduced, and is cut off at its edges.
 *
 * @param begin - The first pixel of the result that is wanted; so many are.
 * @see https://github.com/python-pillow/Pillow/blob/12.0.0/src/libImaging/Resample.c
 */
export function resizeTaps(from: number, to: number, begin = 0, wanted: number = to): ResizeTaps {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const first = new Int32Array(wanted);
  const counts = new Int32Array(wanted);
  for (let i = 0; i < wanted; i++) {
    const center = (begin + i + 0.5) * scale;
    first[i] = Math.max(0, Math.floor(center - reach + 0.5));
    counts[i] = Math.min(from, Math.floor(center + reach + 0.5)) - first[i]!;
  }
  const start = first[0]!;
  const width = counts.reduce((most, count) => Math.max(most, count));
  const weights = new Int32Array(wanted * width);
  const triangle = new Float64Array(width);
  for (let i = 0; i < wanted; i++) {
    const center = (begin + i + 0.5) * scale;
    let sum = 0;
    for (let k = 0; k < counts[i]!; k++) {
      triangle[k] = Math.max(0, 1 - Math.abs((first[i]! + k + 0.5 - center) / reach));
      sum += triangle[k]!;
    }
    // At an edge a part of the triangle is missing: weights are divided by their sum.
    for (let k = 0; k < counts[i]!; k++) {
      weights[i * width + k] = Math.floor(0.5 + (triangle[k]! / sum) * (1 << PRECISION_BITS));
    }
    first[i]! -= start;
  }
  return { start, span: first[wanted - 1]! + counts[wanted - 1]!, first, counts, weights, width };
}

/**
 * The part of an image that a part of the resized image is made of.
 *
 * @param to - The size of the whole resized image.
 * @param part - Of the resized image.
 */
export function sourceOfPart(from: ImageSize, to: ImageSize, part: ImagePart): ImagePart {
  const columns = resizeTaps(from.width, to.width, part.left, part.width);
  const rows = resizeTaps(from.height, to.height, part.top, part.height);
  return { left: columns.start, top: rows.start, width: columns.span, height: rows.span };
}
