/** @file The pixels of whatever a page has of an image: files, pixels of a canvas, frames of a video. */

import { GraftError } from '../core/errors/graft-error.ts';
import { countChannels, type RawImage, requireImages } from '../core/examples/image-content.ts';
import { resizeImage } from '../vision/images/resize-image.ts';
import type { ImageSize } from '../vision/images/resize-mode.ts';
import { type BrowserCanvas, type BrowserPixels, browser } from './browser.ts';
import { exactDecoder } from './exact-decoding.ts';
import type { ImageForm, WholeImage } from './image-form.ts';
import { isBlob } from './is-blob.ts';
import { rgbPixels } from './rgb-pixels.ts';
import { unreadable } from './unreadable-image.ts';

/** What a canvas can draw: a video, an `<img>`, a canvas, an `ImageBitmap`. */
export type DrawableImage =
  | { readonly videoWidth: number; readonly videoHeight: number }
  | { readonly naturalWidth: number; readonly naturalHeight: number }
  | { readonly width: number; readonly height: number };

/** An image of a page: a file (`File` or `Blob`), pixels (`ImageData` is a kind), or what a canvas can draw. */
export type BrowserImage = Blob | RawImage | DrawableImage;

/**
 * The pixels of an image, brought to a size. A file is decoded by the browser (or as `decodeWith` says), upright by its EXIF orientation and in sRGB; what is transparent
 * is blended on white. It is resized as Pillow's `BILINEAR`, which is what Graft does on other machines, but for the rounding
 * where an image is reduced. Of a video, it is the frame that is shown.
 *
 * @param where - What messages call the image: `image "cat.jpg"`.
 * @returns RGB, `[height, width, 3]`, values in [0, 255].
 * @throws {GraftError} `image`, if the browser cannot decode it or shows nothing yet; `argument`, if it is no image.
 */
export async function imagePixels(
  image: BrowserImage,
  { resize, ...size }: ImageForm,
  where: string = nameOf(image),
): Promise<Uint8Array> {
  const decoder = isBlob(image) ? await exactDecoder() : undefined;
  if (decoder !== undefined)
    return decoder.pixels(await bytesOf(image as Blob, where), { ...size, resize }, where);
  const { pixels, ...from } = await wholeImage(image, where);
  return resizeImage(pixels, from, size, resize);
}

/** The same in the image's own size. @throws {GraftError} As {@link imagePixels}. */
export async function wholeImage(image: BrowserImage, where: string): Promise<WholeImage> {
  return isPixels(image) ? ofPixels(image, where) : drawn(image, where);
}

/**
 * Keeps the frame that a video or canvas shows as a file, which is then an image like any other: the same bytes give the same features.
 *
 * @returns A PNG, so that no pixel changes.
 * @throws {GraftError} As {@link imagePixels}.
 */
export async function captureImage(image: DrawableImage): Promise<Blob> {
  return draw(image, requireSize(image, nameOf(image)), nameOf(image)).canvas.convertToBlob({
    type: 'image/png',
  });
}

/** Whether it has its pixels in memory. */
export function isPixels(image: unknown): image is RawImage {
  const { data } = Object(image) as { readonly data?: unknown };
  return data instanceof Uint8Array || data instanceof Uint8ClampedArray;
}

/** How messages call an image: by its name, if it has one. */
export function nameOf(image: unknown): string {
  const { name } = Object(image) as { readonly name?: unknown };
  return isBlob(image) && typeof name === 'string' ? `image "${name}"` : 'image';
}

function ofPixels(image: RawImage, where: string): WholeImage {
  requireImages(where, [image]);
  const { data, width, height } = image;
  const channels = countChannels(image);
  if (channels === 4) return { pixels: rgbPixels(image), width, height };
  if (channels === 3) {
    return { pixels: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
  }
  const rgba = new Uint8Array(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel++) {
    rgba.fill(data[pixel * channels]!, 4 * pixel, 4 * pixel + 3);
    rgba[4 * pixel + 3] = channels === 2 ? data[pixel * channels + 1]! : 255;
  }
  return { pixels: rgbPixels({ data: rgba, width, height }), width, height };
}

async function drawn(image: Blob | DrawableImage, where: string): Promise<WholeImage> {
  if (!isBlob(image)) return readBack(image, requireSize(image, where), where);
  const decoder = await exactDecoder();
  if (decoder !== undefined) return decoder.whole(await bytesOf(image, where), where);
  const { createImageBitmap } = browser;
  if (createImageBitmap === undefined) throw noDecoder(where);
  if (image.size === 0) throw unreadable(where, 'empty file');
  // A method of the global object, which it must be called on.
  const bitmap = await createImageBitmap.call(globalThis, image).catch((cause: unknown) => {
    throw unreadable(where, 'a file that the browser cannot decode', cause);
  });
  try {
    return readBack(bitmap, bitmap, where);
  } finally {
    bitmap.close();
  }
}

async function bytesOf(file: Blob, where: string): Promise<Uint8Array> {
  if (file.size === 0) throw unreadable(where, 'empty file');
  const bytes = await file.arrayBuffer().catch((cause: unknown) => {
    throw unreadable(where, 'a file that cannot be read any more', cause);
  });
  return new Uint8Array(bytes);
}

function readBack(image: unknown, size: ImageSize, where: string): WholeImage {
  const { width, height } = size;
  return { pixels: rgbPixels(draw(image, size, where).pixels()), width, height };
}

function draw(
  image: unknown,
  { width, height }: ImageSize,
  where: string,
): { readonly canvas: BrowserCanvas; readonly pixels: () => BrowserPixels } {
  const { OffscreenCanvas } = browser;
  if (OffscreenCanvas === undefined) throw noDecoder(where);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw unreadable(where, `${width} x ${height} pixels, which no canvas has room for`);
  context.imageSmoothingEnabled = false;
  context.drawImage(image, 0, 0);
  return {
    canvas,
    pixels() {
      try {
        return context.getImageData(0, 0, width, height);
      } catch (cause) {
        throw unreadable(where, 'pixels of another site, or more than fit into memory', cause);
      }
    },
  };
}

/** What it is drawn in: a video and an `<img>` have another size in the page. */
function requireSize(image: DrawableImage, where: string): ImageSize {
  const sides = Object(image) as Partial<Record<string, unknown>>;
  const pairs = [
    [sides['videoWidth'], sides['videoHeight']],
    [sides['naturalWidth'], sides['naturalHeight']],
    [sides['width'], sides['height']],
  ] as readonly (readonly [number | undefined, number | undefined])[];
  const [width, height] = pairs.find(([side]) => typeof side === 'number') ?? [];
  if (width === undefined || height === undefined) {
    throw new GraftError('argument', {
      where,
      expected: 'a File, Blob, ImageData, video, <img>, canvas or ImageBitmap',
      received: image === null || image === undefined ? String(image) : `a value of type ${typeof image}`,
      advice: 'Give the image itself, not its address.',
    });
  }
  if (width > 0 && height > 0) return { width, height };
  throw unreadable(where, 'nothing that is shown yet', undefined, 'Wait until it has loaded, or plays.');
}

function noDecoder(where: string): GraftError {
  return new GraftError('runtime', {
    where,
    expected: 'a browser with createImageBitmap and OffscreenCanvas',
    received: 'none of them',
    advice: 'Give its pixels { data, width, height }, or use a newer browser.',
  });
}
