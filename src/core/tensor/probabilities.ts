/** @file Logits as probabilities, and classes as rows of numbers, in plain numbers. */

/** `1 / (1 + exp(-x))` in float64, so that a sure answer does not round to 1. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** `z - log(sum(exp(z)))` for every row of `[size, K]`. */
export function logSoftmax(logits: Float32Array, size: number): Float64Array {
  const width = logits.length / size;
  const result = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += width) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = start; i < start + width; i++) largest = Math.max(largest, logits[i]!);
    let sum = 0;
    for (let i = start; i < start + width; i++) sum += Math.exp(logits[i]! - largest);
    const shift = largest + Math.log(sum);
    for (let i = start; i < start + width; i++) result[i] = logits[i]! - shift;
  }
  return result;
}

/** `exp(z) / sum(exp(z))` for every row of `[size, K]`. */
export function softmax(logits: Float32Array, size: number): Float64Array {
  const result = logSoftmax(logits, size);
  for (let i = 0; i < result.length; i++) result[i] = Math.exp(result[i]!);
  return result;
}

/**
 * 1 where an index points, else 0.
 *
 * @param indices - `[N]`, each below `width`.
 * @returns `[N, width]`.
 */
export function oneHot(indices: ArrayLike<number>, width: number): Float32Array {
  const result = new Float32Array(indices.length * width);
  for (let row = 0; row < indices.length; row++) result[row * width + indices[row]!] = 1;
  return result;
}

/** Index of the largest number; the first of equals, as NumPy's argmax. */
export function indexOfLargest(row: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[largest]!) largest = i;
  return largest;
}
