/**
 * @file Whether two small gray images are of one photograph: the same, or one a part of the other. Of all places where one could lie
 * in the other, the best is taken, by the correlation of their pixels: brightness and contrast do not count.
 */

import { AreaSums, type GrayImage, type Part, WHOLE } from './gray-image.ts';

/** Size of the images that are compared. */
export const THUMBNAIL_SIZE = 32;

/** What is left of each side in a crop that is looked for; what was not cropped is the first. */
const SIDES = [1, 0.95, 0.9, 0.85, 0.8];
/** The first look at all places is at images of this size, */
const COARSE_SIZE = 8;
/** the search from the best of them at images of this one. */
const SEARCH_SIZE = 16;
/** So many places are searched from. */
const KEPT_PLACES = 2;
/** What correlates worse at the first look will not do well at a close one. */
const WORTH_A_SEARCH = 0.92;

/** Nor will what correlates worse where the search begins. */
const MIN_START = 0.85;

/** A thumbnail, and what is known of it for being compared. */
export interface Thumbnail {
  readonly fine: Float32Array;
  readonly search: Float32Array;
  readonly coarse: Float32Array;
  /** `[places, 8, 8]`: what lies at each place where a part could be. */
  readonly parts: Float32Array;
  readonly sums: AreaSums;
}

/** @param values - `[32, 32]`, in [0, 255]. */
export function thumbnail(values: Uint8Array): Thumbnail {
  const image: GrayImage = { size: THUMBNAIL_SIZE, values };
  const sums = new AreaSums(image);
  const coarsePixels = COARSE_SIZE * COARSE_SIZE;
  const parts = new Float32Array(PLACES.length * coarsePixels);
  PLACES.forEach((place, index) => {
    parts.set(standardized(sums.resized(place, COARSE_SIZE).values), index * coarsePixels);
  });
  return {
    fine: standardized(Float32Array.from(values)),
    search: standardized(sums.resized(WHOLE, SEARCH_SIZE).values),
    coarse: standardized(sums.resized(WHOLE, COARSE_SIZE).values),
    parts,
    sums,
  };
}

/** The same, mirrored. */
export function mirrored(values: Uint8Array): Uint8Array {
  return values.map((_, index) => {
    const x = index % THUMBNAIL_SIZE;
    return values[index - x + THUMBNAIL_SIZE - 1 - x]!;
  });
}

/**
 * The correlation of two images where they fit best, at most 1: one is a part of the other, or all of it.
 *
 * @param enough - As soon as it is reached, no better fit is looked for.
 * @returns Below -1 where that cannot be good, or an image has no contrast: it is like none.
 */
export function bestCorrelation(a: Thumbnail, b: Thumbnail, enough: number): number {
  const whole = correlation(a.fine, b.fine);
  if (whole >= enough) return whole;
  const first = bestPart(a, b, enough);
  return first >= enough ? first : Math.max(whole, first, bestPart(b, a, enough));
}

/** How well `part` fits somewhere in `whole`. */
function bestPart(whole: Thumbnail, part: Thumbnail, enough: number): number {
  const pixels = COARSE_SIZE * COARSE_SIZE;
  const fits: { readonly place: Part; readonly fit: number }[] = [];
  PLACES.forEach((place, index) => {
    let fit = 0;
    for (let i = 0; i < pixels; i++) fit += whole.parts[index * pixels + i]! * part.coarse[i]!;
    if (fit >= WORTH_A_SEARCH) fits.push({ place, fit });
  });
  fits.sort((a, b) => b.fit - a.fit);
  let best = Number.NEGATIVE_INFINITY;
  for (const { place } of fits.slice(0, KEPT_PLACES)) {
    if (best >= enough) break;
    const found = search(whole, part, place);
    best = Math.max(best, correlation(cut(whole, found, THUMBNAIL_SIZE), part.fine));
  }
  return best;
}

/** Moves the edges of a place, each for itself, as long as the fit gets better. */
function search(whole: Thumbnail, part: Thumbnail, start: Part): Part {
  let place = start;
  let best = correlation(cut(whole, place, SEARCH_SIZE), part.search);
  if (best < MIN_START) return place;
  for (let step = 0.025; step > 0.005; step /= 2) {
    let isBetter = true;
    for (let round = 0; round < 3 && isBetter; round++) {
      isBetter = false;
      for (const edge of ['left', 'top', 'right', 'bottom'] as const) {
        for (const way of [-step, step]) {
          const moved = { ...place, [edge]: Math.min(1, Math.max(0, place[edge] + way)) };
          if (moved[edge] === place[edge]) continue;
          const fit = correlation(cut(whole, moved, SEARCH_SIZE), part.search);
          if (fit <= best) continue;
          [place, best, isBetter] = [moved, fit, true];
        }
      }
    }
  }
  return place;
}

function cut({ sums }: Thumbnail, place: Part, size: number): Float32Array {
  return standardized(sums.resized(place, size).values);
}

/** Rectangles of which one side may differ a little from the other, at nine places each. */
const PLACES: readonly Part[] = SIDES.flatMap((width) =>
  SIDES.filter((height) => Math.abs(height - width) < 0.06).flatMap((height) =>
    offsets(1 - width).flatMap((left) =>
      offsets(1 - height).map((top) => ({ left, top, right: left + width, bottom: top + height })),
    ),
  ),
);

function offsets(room: number): number[] {
  return room === 0 ? [0] : [0, room / 2, room];
}

/** With mean 0 and length 1; NaN where there is no contrast, so that it correlates with nothing. */
function standardized(values: Float32Array): Float32Array {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    values[i]! -= mean;
    squares += values[i]! * values[i]!;
  }
  // A deviation of less than one brightness step.
  const factor = squares < values.length ? Number.NaN : 1 / Math.sqrt(squares);
  for (let i = 0; i < values.length; i++) values[i]! *= factor;
  return values;
}

function correlation(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return Number.isNaN(sum) ? Number.NEGATIVE_INFINITY : sum;
}
