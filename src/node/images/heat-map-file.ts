/** @file Images as the files that pages and people look at: thumbnails, and heat maps over their image. */

import type { Sharp } from 'sharp';
import { type HeatMap, overlayHeatMap } from '../../artifacts/explain/heat-map.ts';
import type { ImageSource } from '../../core/examples/image-content.ts';
import type { ResizeMode } from '../../vision/images/resize-mode.ts';
import { decodeImage } from './image-decoder.ts';
import { loadSharp } from './image-loaders.ts';

/** Of a side that is written out: more shows nothing of a map of 7 by 7 places. */
const MAX_SIDE_PX = 768;

export interface HeatMapOptions {
  /** Of the longer side, >= 1. Default 768. */
  readonly maxSidePx?: number | undefined;
  /** How the network got the image. Default `squash`. */
  readonly resize?: ResizeMode | undefined;
}

/**
 * A heat map over its image, as the bytes of a PNG file: a squashed image in its own shape, of any other what the network saw.
 *
 * @param source - The image, upright by its EXIF orientation.
 * @throws {GraftError} `image`.
 */
export async function heatMapPng(
  source: string | Uint8Array,
  map: HeatMap,
  { maxSidePx = MAX_SIDE_PX, resize = 'squash' }: HeatMapOptions = {},
): Promise<Uint8Array> {
  const size = await shownSize(source, maxSidePx, resize);
  const pixels = await decodeImage(source, { ...size, resize });
  return encoded(overlayHeatMap(pixels, size, map), size)
    .png()
    .toBuffer();
}

/** A heat map over its image as the bytes of a small WebP file: a square, as the network sees it. */
export async function heatMapThumbnail(
  source: ImageSource,
  map: HeatMap,
  { sidePx, resize }: { readonly sidePx: number; readonly resize?: ResizeMode | undefined },
): Promise<Uint8Array> {
  const size = { width: sidePx, height: sidePx };
  const pixels = await decodeImage(source, { ...size, resize });
  return encoded(overlayHeatMap(pixels, size, map), size)
    .webp(THUMBNAIL)
    .toBuffer();
}

/** An image as the bytes of a small WebP file: a square, as the network sees it. @param resize - Default `squash`. */
export async function thumbnail(
  source: ImageSource,
  sidePx: number,
  resize?: ResizeMode,
): Promise<Uint8Array> {
  const size = { width: sidePx, height: sidePx };
  return encoded(await decodeImage(source, { ...size, resize }), size)
    .webp(THUMBNAIL)
    .toBuffer();
}

const THUMBNAIL = { quality: 68, effort: 4 } as const;

function encoded(pixels: Uint8Array, { width, height }: { width: number; height: number }): Sharp {
  return loadSharp()(pixels, { raw: { width, height, channels: 3 } });
}

async function shownSize(
  source: string | Uint8Array,
  maxSidePx: number,
  resize: ResizeMode,
): Promise<{ readonly width: number; readonly height: number }> {
  // Checks it, too: what is no image is refused in words.
  await decodeImage(source, { width: 1, height: 1 });
  const { autoOrient } = await loadSharp()(source, { limitInputPixels: false }).metadata();
  // Of a square no more is seen than of the side that fills it.
  const side = (resize === 'crop' ? Math.min : Math.max)(autoOrient.width, autoOrient.height);
  const { width, height } = resize === 'squash' ? autoOrient : { width: side, height: side };
  const scale = Math.min(1, maxSidePx / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}
