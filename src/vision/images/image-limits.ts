/** @file How large an image may be: its pixels, and the memory that decoding it takes. */

import { GraftError } from '../../core/errors/graft-error.ts';

export interface ImageLimits {
  /** Width x height. */
  readonly pixels: number;
  /** What decoding one image may take, see `decodeBytesOf`. */
  readonly decodeBytes: number;
}

/** The variable that raises both limits. */
export const LIMIT_VARIABLE = 'GRAFT_MAX_IMAGE_MEGAPIXELS';

/** Lets through what the largest phone camera takes: 16,320 x 12,240 pixels. */
const DEFAULT_MEGAPIXELS = 200;
/** An image that cannot be decoded line by line may have fewer pixels: 512 MB where nothing was said. */
const DECODE_BYTES_PER_PIXEL = 2.56;

/** The limits for so many megapixels. */
export function limitsFor(megapixels: number): ImageLimits {
  const pixels = Math.round(megapixels * 1e6);
  return { pixels, decodeBytes: Math.round(pixels * DECODE_BYTES_PER_PIXEL) };
}

/** Megapixels that the limits have to be raised to for an image, at least. */
export function megapixelsFor(image: { readonly pixels: number; readonly decodeBytes: number }): number {
  return Math.ceil(Math.max(image.pixels, image.decodeBytes / DECODE_BYTES_PER_PIXEL) / 1e6);
}

/**
 * The limits that hold: 200 megapixels and 512 MB, or what `GRAFT_MAX_IMAGE_MEGAPIXELS` says.
 *
 * @throws {GraftError} `argument`, if the variable is no number above 0.
 */
export function imageLimits(env: NodeJS.ProcessEnv = globalThis.process?.env ?? {}): ImageLimits {
  const said = env[LIMIT_VARIABLE];
  if (said === undefined || said.trim() === '') return limitsFor(DEFAULT_MEGAPIXELS);
  const megapixels = Number(said);
  if (megapixels > 0 && Number.isFinite(megapixels)) return limitsFor(megapixels);
  throw new GraftError('argument', {
    where: `environment variable ${LIMIT_VARIABLE}`,
    expected: 'a number of megapixels above 0',
    received: `"${said}"`,
    advice: `Leave it out for ${DEFAULT_MEGAPIXELS}.`,
  });
}
