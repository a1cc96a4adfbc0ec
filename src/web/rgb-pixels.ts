/** @file Pixels of a canvas as networks take them. */

/** What `getImageData` of a canvas gives. */
export interface RgbaImage {
  /** `[height, width, 4]`, not premultiplied. */
  readonly data: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * The pixels without alpha: what is transparent is blended on white, as `graft` decodes files.
 *
 * @returns `[height, width, 3]`, values in [0, 255].
 */
export function rgbPixels({ data, width, height }: RgbaImage): Uint8Array {
  const pixels = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const alpha = data[4 * pixel + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      const value = data[4 * pixel + channel]!;
      pixels[3 * pixel + channel] = Math.round((value * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return pixels;
}
