/** @file Ranges of values, and the integers that stand for the numbers in them. */

/** What a value was seen to be, over all images. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
  /** Of 4-D values: the mean of every channel. */
  readonly means?: Float64Array;
}

/** By the names of values. */
export type ValueRanges = ReadonlyMap<string, ValueRange>;

/** `x = (q - zeroPoint) * scale`, with q in [0, 255]. */
export interface Quantization {
  /** > 0. */
  readonly scale: number;
  readonly zeroPoint: number;
}

const GREATEST_BYTE = 255;

/** The finest steps with which bytes cover a range. 0 always has a byte of its own: it is what convolutions pad with. */
export function computeQuantization({ min, max }: ValueRange): Quantization {
  const [low, high] = [Math.min(min, 0), Math.max(max, 0)];
  if (high === low) return { scale: 1, zeroPoint: 0 };
  // As ONNX Runtime has it: float32.
  const scale = Math.max(Math.fround((high - low) / GREATEST_BYTE), MIN_SCALE);
  return { scale, zeroPoint: Math.min(Math.max(Math.round(-low / scale), 0), GREATEST_BYTE) };
}

/** The smallest normal float32. */
export const MIN_SCALE: number = 2 ** -126;
