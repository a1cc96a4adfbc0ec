/**
 * @file Positions of a vision transformer for images of another size: a grid of rows is resampled as an image is, by cubic
 * interpolation that averages where it becomes smaller; as timm does it.
 */

/** Rows and columns of patches. */
export type Grid = readonly [rows: number, columns: number];

/** Keys' parameter, as Pillow has it. */
const SHARPNESS = -0.5;
/** Of the cubic, in samples to either side. */
const SUPPORT = 2;

/**
 * Resamples `[from[0] * from[1], width]` to `[to[0] * to[1], width]`.
 *
 * @param positions - Row-major over the grid.
 */
export function resizePositions(positions: Float32Array, from: Grid, to: Grid, width: number): Float32Array {
  if (from[0] === to[0] && from[1] === to[1]) return positions;
  const tall = resizeAxis(positions, [1, from[0], from[1] * width], to[0]);
  return resizeAxis(tall, [to[0], from[1], width], to[1]);
}

/** Of `[outer, size, inner]`, the middle axis. */
function resizeAxis(
  values: Float32Array,
  [outer, size, inner]: readonly [outer: number, size: number, inner: number],
  target: number,
): Float32Array {
  if (size === target) return values;
  const resized = new Float32Array(outer * target * inner);
  for (let place = 0; place < target; place++) {
    const { first, weights } = weightsAt(place, size, target);
    for (let row = 0; row < outer; row++) {
      const to = (row * target + place) * inner;
      for (const [step, weight] of weights.entries()) {
        const start = (row * size + first + step) * inner;
        for (let i = 0; i < inner; i++) resized[to + i]! += weight * values[start + i]!;
      }
    }
  }
  return resized;
}

/** What a place is the weighted mean of; the weights come to 1. */
function weightsAt(
  place: number,
  size: number,
  target: number,
): { first: number; weights: readonly number[] } {
  const scale = size / target;
  const stretch = Math.max(scale, 1);
  const center = (place + 0.5) * scale;
  const first = Math.max(0, Math.trunc(center - SUPPORT * stretch + 0.5));
  const end = Math.min(size, Math.trunc(center + SUPPORT * stretch + 0.5));
  const weights = Array.from({ length: end - first }, (_, step) =>
    cubic((first + step - center + 0.5) / stretch),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { first, weights: weights.map((weight) => weight / sum) };
}

function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((SHARPNESS + 2) * x - (SHARPNESS + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * SHARPNESS : 0;
}
