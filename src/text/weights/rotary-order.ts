/**
 * @file The order of the numbers that rotary embeddings turn. llama2.c and GGUF turn neighbors, (0, 1), (2, 3); Hugging
 * Face and KerasHub turn the halves of a head against each other, (0, D/2), (1, D/2 + 1).
 */

/**
 * Reorders the rows of a projection from neighbors to halves.
 *
 * @param kernel - `[heads * headDim, width]`, row-major.
 * @param headDim - Even.
 */
export function neighborsToHalves(kernel: Float32Array, headDim: number, width: number): Float32Array {
  const result = new Float32Array(kernel.length);
  const rows = kernel.length / width;
  for (let row = 0; row < rows; row++) {
    const head = row - (row % headDim);
    const within = row % headDim;
    const from = head + (within < headDim / 2 ? 2 * within : 2 * (within - headDim / 2) + 1);
    result.set(kernel.subarray(from * width, (from + 1) * width), row * width);
  }
  return result;
}
