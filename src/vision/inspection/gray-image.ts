/** @file Gray images as a duplicate finder needs them: parts of them in a small size, by exact averages of areas. */

/** Brightness of a square image, `[size, size]`, row-major, in [0, 255]. */
export interface GrayImage {
  readonly size: number;
  readonly values: Float32Array | Uint8Array;
}

/** A part of an image: its edges as fractions of width and height. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const WHOLE: Part = { left: 0, top: 0, right: 1, bottom: 1 };

/** What is left if a fraction is cut off at each side. */
export function centerPart(cutOff: number): Part {
  return { left: cutOff, top: cutOff, right: 1 - cutOff, bottom: 1 - cutOff };
}

/**
 * Brightness of RGB pixels by ITU-R BT.601, which JPEG uses.
 *
 * @param pixels - `[size, size, 3]`, in [0, 255].
 */
export function createGrayImage(pixels: Uint8Array, size: number): GrayImage {
  const values = new Float32Array(size * size);
  for (let i = 0; i < values.length; i++) {
    values[i] = 0.299 * pixels[i * 3]! + 0.587 * pixels[i * 3 + 1]! + 0.114 * pixels[i * 3 + 2]!;
  }
  return { size, values };
}

/** An image whose parts are wanted in several sizes: sums are made once. */
export class AreaSums {
  readonly #size: number;
  /** `[size + 1, size + 1]`: sums of all that is above and to the left. */
  readonly #sums: Float64Array;

  constructor({ size, values }: GrayImage) {
    const width = size + 1;
    const sums = new Float64Array(width * width);
    for (let y = 0; y < size; y++) {
      let row = 0;
      for (let x = 0; x < size; x++) {
        row += values[y * size + x]!;
        sums[(y + 1) * width + x + 1] = sums[y * width + x + 1]! + row;
      }
    }
    this.#size = size;
    this.#sums = sums;
  }

  /** A part in another size: each value is the mean of its area. */
  resized({ left, top, right, bottom }: Part, size: number): GrayImage & { readonly values: Float32Array } {
    const edges = size + 1;
    const columns = edgesOf(left, right, size, this.#size);
    const rows = edgesOf(top, bottom, size, this.#size);
    const width = this.#size + 1;
    const sums = this.#sums;
    const corners = new Float64Array(edges * edges);
    for (let y = 0; y < edges; y++) {
      const from = rows.places[y]! * width;
      const dy = rows.fractions[y]!;
      for (let x = 0; x < edges; x++) {
        const corner = from + columns.places[x]!;
        const dx = columns.fractions[x]!;
        // The sum above and to the left of a point between pixels, which is linear within a pixel.
        const above = sums[corner]! * (1 - dx) + sums[corner + 1]! * dx;
        const below = sums[corner + width]! * (1 - dx) + sums[corner + width + 1]! * dx;
        corners[y * edges + x] = above * (1 - dy) + below * dy;
      }
    }
    const area = ((right - left) * (bottom - top) * this.#size * this.#size) / (size * size);
    const values = new Float32Array(size * size);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const corner = y * edges + x;
        const sum =
          corners[corner + edges + 1]! - corners[corner + edges]! - corners[corner + 1]! + corners[corner]!;
        values[y * size + x] = sum / area;
      }
    }
    return { size, values };
  }
}

/** Where the edges of a part's columns lie among pixels. */
function edgesOf(
  from: number,
  to: number,
  size: number,
  pixels: number,
): { readonly places: Int32Array; readonly fractions: Float64Array } {
  const places = new Int32Array(size + 1);
  const fractions = new Float64Array(size + 1);
  for (let edge = 0; edge <= size; edge++) {
    const at = (from + ((to - from) * edge) / size) * pixels;
    const place = Math.min(Math.max(Math.floor(at), 0), pixels - 1);
    places[edge] = place;
    fractions[edge] = at - place;
  }
  return { places, fractions };
}
