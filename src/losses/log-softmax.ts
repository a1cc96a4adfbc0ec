/** @file Softmax in plain numbers, for the losses of one class among several. */

/** `z - log(sum(exp(z)))` for every row. */
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
