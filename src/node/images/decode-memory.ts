/** @file Estimates from an image's header what memory its decoding takes. */

import type { Metadata } from 'sharp';
import type { ImageFormat } from '../../vision/images/image-format.ts';

/** What of a header matters; `width` and `height` in pixels. */
export type ImageHeader = Pick<
  Metadata,
  'format' | 'width' | 'height' | 'channels' | 'depth' | 'isProgressive' | 'chromaSubsampling'
>;

/** Images of at most this many pixels are decoded without further questions: in the worst case, 32 MB each. */
export const SMALL_PIXELS: number = 4e6;

/** AV1 keeps its modes of each 4 x 4 block beside the pixels: measured at 17 to 18 bytes, 25 of 12 bits with alpha. */
const AV1_BYTES = 20;
const AV1_DEEP_BYTES = 28;
/** Coefficients of a JPEG file, which all scans of a progressive one add to. */
const COEFFICIENT_BYTES = 2;
/** What a GIF file's frames take in memory, against the file: every one is listed before the first is shown. */
const GIF_FRAME_FACTOR = 5;

/**
 * Bytes that are held while an image is decoded and reduced, by format: 0 where it is read line by line, as baseline
 * JPEG and ordinary PNG. Within a tenth of what was measured on images of 36 to 81 megapixels, or above it.
 *
 * @param fileBytes - Size of the file.
 */
export function decodeBytesOf(header: ImageHeader, fileBytes: number): number {
  const { format, width, height, channels, depth, isProgressive } = header;
  const pixels = width * height;
  const sampleBytes = depth === 'uchar' ? 1 : depth === 'ushort' ? 2 : 4;
  switch (format as string) {
    case 'jpeg':
      return isProgressive ? pixels * coefficientsOf(header) * COEFFICIENT_BYTES : 0;
    case 'png':
      return isProgressive ? pixels * channels * sampleBytes * 1.12 : 0;
    case 'webp':
      return pixels * 4.5;
    case 'gif':
      return pixels * 4.7 + gifFrameBytes(fileBytes);
    case 'heif':
      return pixels * (sampleBytes === 1 && channels < 4 ? AV1_BYTES : AV1_DEEP_BYTES);
    default:
      // TIFF: line by line as a rule, but all of it if each channel stands alone, which the header does not tell.
      return pixels * channels * sampleBytes * 1.45;
  }
}

/** What listing the frames of a GIF file takes, before anything of its size is known. */
export function gifFrameBytes(fileBytes: number): number {
  return fileBytes * GIF_FRAME_FACTOR;
}

/** Coefficients for each pixel. */
function coefficientsOf({ channels, chromaSubsampling }: ImageHeader): number {
  if (channels === 3 && chromaSubsampling === '4:2:0') return 1.6;
  if (channels === 3 && chromaSubsampling === '4:2:2') return 2.1;
  return channels * 1.05;
}

/**
 * Pixels of an image as its first bytes tell, for formats where they stand there and can be trusted as the decoder trusts
 * them. Undefined where that needs more than a look: then the decoder has to be asked for the header.
 */
export function pixelsAtOnce(format: ImageFormat, head: Uint8Array): number | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    if (format === 'png') return view.getUint32(16) * view.getUint32(20);
    if (format === 'jpeg') return jpegPixels(view);
    if (format === 'webp') return webpPixels(view);
  } catch (error) {
    // The size stands further behind, or nowhere.
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

/** From one segment to the next up to the frame header, as long as nothing is unusual. */
function jpegPixels(view: DataView): number | undefined {
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) return view.getUint16(at + 5) * view.getUint16(at + 7);
    const isPlain = (marker >= 0xffe0 && marker <= 0xfffe) || marker === 0xffdb || marker === 0xffc4;
    if (!isPlain || view.getUint16(at + 2) < 2) return undefined;
  }
}

function webpPixels(view: DataView): number | undefined {
  const chunk = view.getUint32(12);
  const uint24 = (at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536;
  if (chunk === 0x56503858) return (uint24(24) + 1) * (uint24(27) + 1); // 'VP8X'
  if (chunk === 0x56503820) return (view.getUint16(26, true) & 0x3fff) * (view.getUint16(28, true) & 0x3fff); // 'VP8 '
  if (chunk !== 0x5650384c) return undefined; // 'VP8L'
  const bits = view.getUint32(21, true);
  return ((bits & 0x3fff) + 1) * (((bits >>> 14) & 0x3fff) + 1);
}
