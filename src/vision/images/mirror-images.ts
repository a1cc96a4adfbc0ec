/** @file Mirror images. */

/**
 * Images with left and right exchanged.
 *
 * @param pixels - `[count, height, width, 3]`, of any values.
 * @returns New bytes of the same shape.
 */
export function mirrorImages(pixels: Uint8Array, width: number): Uint8Array {
  const result = new Uint8Array(pixels.length);
  const rowBytes = width * 3;
  for (let row = 0; row < pixels.length; row += rowBytes) {
    for (let x = 0; x < rowBytes; x += 3) {
      const from = row + rowBytes - 3 - x;
      result[row + x] = pixels[from]!;
      result[row + x + 1] = pixels[from + 1]!;
      result[row + x + 2] = pixels[from + 2]!;
    }
  }
  return result;
}
