/** @file What is seen of an image at a glance, in a thousand bytes: size, brightness, sharpness, hashes, a thumbnail. */

import { AreaSums, centerPart, createGrayImage, type GrayImage, WHOLE } from './gray-image.ts';
import { HASHED_SIZE, perceptualHashes } from './perceptual-hash.ts';
import { THUMBNAIL_SIZE } from './same-image.ts';

/** Images are looked at in this size, squashed. */
export const LOOK_SIZE = 256;

/** What may be cut off at each side, and the image is still known by its hash: a hash of each of these parts is kept. */
const CUT_OFF = [0, 0.05, 0.1];

/** What is seen of one image. */
export interface ImageLook {
  /** As it is shown, pixels. */
  readonly width: number;
  readonly height: number;
  /** Mean of the brightness, 0 to 255. */
  readonly brightness: number;
  /** Standard deviation of the brightness. */
  readonly contrast: number;
  /** Variance of the Laplacian: low where nothing is sharp. */
  readonly sharpness: number;
  /** `[3, 2]`: of the image, and of what is left if 5% and 10% are cut off at each side; two words a hash. */
  readonly hashes: Uint32Array;
  /** The same of the mirror image. */
  readonly mirroredHashes: Uint32Array;
  /** `[32, 32]`: brightness. */
  readonly thumbnail: Uint8Array;
}

const NUMBERS = 5;
const WORDS = CUT_OFF.length * 2;
const THUMBNAIL_BYTES = THUMBNAIL_SIZE * THUMBNAIL_SIZE;

/** Bytes that a look takes. */
export const LOOK_BYTES: number = (NUMBERS + 2 * WORDS) * 4 + THUMBNAIL_BYTES;

/**
 * Looks at an image.
 *
 * @param pixels - `[256, 256, 3]`, RGB in [0, 255], squashed.
 * @param size - Of the image itself, pixels.
 */
export function lookAt(
  pixels: Uint8Array,
  size: { readonly width: number; readonly height: number },
): ImageLook {
  const gray = createGrayImage(pixels, LOOK_SIZE);
  const sums = new AreaSums(gray);
  const hashes = CUT_OFF.map((cutOff) => perceptualHashes(sums.resized(centerPart(cutOff), HASHED_SIZE)));
  return {
    ...size,
    ...statisticsOf(gray),
    hashes: Uint32Array.from(hashes.flatMap(({ plain }) => plain)),
    mirroredHashes: Uint32Array.from(hashes.flatMap(({ mirrored }) => mirrored)),
    thumbnail: Uint8Array.from(sums.resized(WHOLE, THUMBNAIL_SIZE).values, Math.round),
  };
}

/** A look as bytes, the same on every machine. */
export function encodeLook(look: ImageLook): Uint8Array {
  const bytes = new Uint8Array(LOOK_BYTES);
  const view = new DataView(bytes.buffer);
  const { width, height, brightness, contrast, sharpness } = look;
  [width, height, brightness, contrast, sharpness].forEach((value, index) => {
    view.setFloat32(index * 4, value, true);
  });
  [...look.hashes, ...look.mirroredHashes].forEach((word, index) => {
    view.setUint32((NUMBERS + index) * 4, word, true);
  });
  bytes.set(look.thumbnail, LOOK_BYTES - THUMBNAIL_BYTES);
  return bytes;
}

/** The reverse of {@link encodeLook}. @param bytes - {@link LOOK_BYTES} of them. */
export function decodeLook(bytes: Uint8Array): ImageLook {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = (index: number): number => view.getFloat32(index * 4, true);
  const words = (from: number): Uint32Array =>
    Uint32Array.from({ length: WORDS }, (_, index) => view.getUint32((NUMBERS + from + index) * 4, true));
  return {
    width: number(0),
    height: number(1),
    brightness: number(2),
    contrast: number(3),
    sharpness: number(4),
    hashes: words(0),
    mirroredHashes: words(WORDS),
    thumbnail: bytes.slice(LOOK_BYTES - THUMBNAIL_BYTES, LOOK_BYTES),
  };
}

function statisticsOf({ size, values }: GrayImage): Pick<ImageLook, 'brightness' | 'contrast' | 'sharpness'> {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    squares += values[i]! * values[i]!;
  }
  const brightness = sum / values.length;
  let [edges, edgeSquares, count] = [0, 0, 0];
  for (let y = 1; y < size - 1; y++) {
    for (let x = 1; x < size - 1; x++) {
      const i = y * size + x;
      const edge = 4 * values[i]! - values[i - 1]! - values[i + 1]! - values[i - size]! - values[i + size]!;
      edges += edge;
      edgeSquares += edge * edge;
      count++;
    }
  }
  return {
    brightness,
    contrast: Math.sqrt(Math.max(0, squares / values.length - brightness * brightness)),
    sharpness: edgeSquares / count - (edges / count) ** 2,
  };
}
