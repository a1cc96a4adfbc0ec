/** @file Images as the pixels that a page is given: decoded here, so that both have the same. */

import { decodeImage } from '../../src/node/images/image-decoder.ts';

/** RGB, `[N, sizePx, sizePx, 3]`. */
export async function pixelsOf(files: readonly string[], sizePx: number): Promise<Uint8Array> {
  const each = sizePx * sizePx * 3;
  const pixels = new Uint8Array(files.length * each);
  for (const [index, file] of files.entries())
    pixels.set(await decodeImage(file, { width: sizePx, height: sizePx }), index * each);
  return pixels;
}
