/** @file A heat map over its image, as pixels: scaled, enlarged, colored, laid over. */

import { interpolateInferno } from 'd3-scale-chromatic';
import type { HeatMaps } from './activation-maps.ts';

/** One map with values in [0, 1]. */
export interface HeatMap {
  /** `[height, width]`, row-major. */
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** Keeps a map without any contrast from a division by 0; as pytorch-grad-cam has it. */
const EPSILON = 1e-7;

/** The map of one image with its least value as 0 and its largest as 1. */
export function scaleHeatMap({ values, height, width }: HeatMaps, image = 0): HeatMap {
  const own = values.subarray(image * height * width, (image + 1) * height * width);
  const least = own.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const range = own.reduce((high, value) => Math.max(high, value - least), 0);
  return { values: own.map((value) => (value - least) / (EPSILON + range)), height, width };
}

/**
 * Enlarges a map, centers at half pixels, edges repeated: OpenCV's `INTER_LINEAR`.
 *
 * @returns `[height, width]`.
 */
export function resizeHeatMap(
  { values, height: fromHeight, width: fromWidth }: HeatMap,
  { width, height }: { readonly width: number; readonly height: number },
): HeatMap {
  const result = new Float32Array(width * height);
  const columns = Array.from({ length: width }, (_, x) => between(x, width, fromWidth));
  for (let y = 0; y < height; y++) {
    const row = between(y, height, fromHeight);
    columns.forEach(({ low, high, part }, x) => {
      const above = mix(values[row.low * fromWidth + low]!, values[row.low * fromWidth + high]!, part);
      const below = mix(values[row.high * fromWidth + low]!, values[row.high * fromWidth + high]!, part);
      result[y * width + x] = mix(above, below, row.part);
    });
  }
  return { values: result, height, width };
}

/** The two places that a pixel lies between. */
function between(at: number, size: number, fromSize: number): { low: number; high: number; part: number } {
  const place = Math.min(Math.max(((at + 0.5) * fromSize) / size - 0.5, 0), fromSize - 1);
  const low = Math.floor(place);
  return { low, high: Math.min(low + 1, fromSize - 1), part: place - low };
}

function mix(a: number, b: number, part: number): number {
  return a + (b - a) * part;
}

/** Of the image that is left where nothing speaks for the class, and of the color where everything does. */
const [DIMMED, STRONGEST] = [0.55, 0.72];

/**
 * Lays a map over its image: dim and gray where nothing speaks for the class, glowing where much does.
 *
 * @param pixels - uint8 RGB, `[height, width, 3]`.
 * @param map - Of any size; see {@link scaleHeatMap}.
 * @returns uint8 RGB, `[height, width, 3]`.
 */
export function overlayHeatMap(
  pixels: Uint8Array,
  size: { readonly width: number; readonly height: number },
  map: HeatMap,
): Uint8Array {
  const heat = resizeHeatMap(map, size).values;
  const result = new Uint8Array(pixels.length);
  for (let place = 0; place < heat.length; place++) {
    const value = Math.min(1, Math.max(0, heat[place]!));
    const color = COLORS[Math.round(value * (COLORS.length - 1))]!;
    const strength = STRONGEST * value ** 0.8;
    const kept = mix(DIMMED, 1, value);
    const at = place * 3;
    const gray = 0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
    for (let channel = 0; channel < 3; channel++) {
      const faded = mix(gray, pixels[at + channel]!, 0.35 + 0.65 * value) * kept;
      result[at + channel] = Math.round(mix(faded, color[channel]!, strength));
    }
  }
  return result;
}

/** RGB of 256 steps from cold to hot, without the black of its beginning. */
const COLORS: readonly (readonly [number, number, number])[] = Array.from({ length: 256 }, (_, step) => {
  const hex = interpolateInferno(0.25 + (0.7 * step) / 255);
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
});
