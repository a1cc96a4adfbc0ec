/** @file Images that a program gives: by their paths, by the bytes of their files, or as pixels. */

import { GraftError } from '../errors/graft-error.ts';

/** Channels of a pixel: gray, gray with alpha, RGB, RGBA. */
export type ChannelCount = 1 | 2 | 3 | 4;

/** Pixels of an image, of which a canvas' `ImageData` is a kind. */
export interface RawImage {
  /** `[height, width, channels]`, row by row, values in [0, 255], sRGB, alpha not premultiplied. */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** Pixels, >= 1. */
  readonly width: number;
  /** Pixels, >= 1. */
  readonly height: number;
  /** 1 gray, 2 gray with alpha, 3 RGB, 4 RGBA. Default: as many as `data` has. */
  readonly channels?: ChannelCount | undefined;
}

/** An image in memory: the bytes of a file (JPEG, PNG, WebP, GIF, TIFF, AVIF), of which Node's `Buffer` is a kind, or its pixels. */
export type ImageContent = Uint8Array | RawImage;

/** The path of an image file, the bytes of one, or pixels. */
export type ImageSource = string | ImageContent;

/** How many channels the pixels of an image have, which {@link requireImages} has let through. */
export function countChannels({ channels, data, width, height }: RawImage): ChannelCount {
  return channels ?? ((data.length / (width * height)) as ChannelCount);
}

/** @throws {GraftError} `argument`, if one of them is no image's path, bytes or pixels. */
export function requireImages(where: string, images: readonly unknown[]): readonly ImageSource[] {
  for (const image of images) {
    if (typeof image === 'string' && /^https?:/i.test(image)) {
      throw refusal(where, `the address "${image}"`, 'Fetch it first, and give its bytes.');
    }
    if (typeof image === 'string' || image instanceof Uint8Array) continue;
    if (hasPixels(image)) requirePixels(where, image);
    else throw refusal(where, ...described(image));
  }
  return images as readonly ImageSource[];
}

function hasPixels(image: unknown): image is RawImage {
  const { data } = Object(image) as { readonly data?: unknown };
  return data instanceof Uint8Array || data instanceof Uint8ClampedArray;
}

function requirePixels(where: string, image: RawImage): void {
  const { data, width, height } = image;
  const isSize = [width, height].every((side) => Number.isInteger(side) && side >= 1);
  const channels = countChannels(image);
  if (isSize && [1, 2, 3, 4].includes(channels) && data.length === width * height * channels) return;
  throw new GraftError('argument', {
    where,
    expected: 'pixels [height, width, channels], of 1 to 4 channels',
    received: `${data.length} bytes for ${width} x ${height} pixels${image.channels === undefined ? '' : ` of ${image.channels} channels`}`,
    advice: 'Give { data, width, height, channels } with a byte for each channel of each pixel.',
  });
}

/** What was given, and what to give. */
function described(image: unknown): [received: string, advice: string] {
  if (image instanceof ArrayBuffer) return ['an ArrayBuffer', 'Give new Uint8Array(buffer).'];
  if (image instanceof URL) return ['a URL', 'Give fileURLToPath(url), or the bytes.'];
  if (Array.isArray(image)) return ['an array in an array', 'Give one array.'];
  const type = image === null || image === undefined ? String(image) : `a value of type ${typeof image}`;
  return [type, 'Give the path or the bytes of an image file.'];
}

function refusal(where: string, received: string, advice: string): GraftError {
  return new GraftError('argument', {
    where,
    expected: 'a path, a Buffer or a Uint8Array, pixels { data, width, height }, or an array of them',
    received,
    advice,
  });
}
