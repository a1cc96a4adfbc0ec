/** @file Decodes one image of any common format to RGB bytes of a fixed size. */

import type { Sharp } from 'sharp';
import { GraftError } from '../../core/errors/graft-error.ts';
import { countChannels, type ImageSource, type RawImage } from '../../core/examples/image-content.ts';
import { enlargeImage } from '../../vision/images/enlarge-image.ts';
import { detectImageFormat, type ImageFormat } from '../../vision/images/image-format.ts';
import { type ImageLimits, imageLimits } from '../../vision/images/image-limits.ts';
import type { ImageSize } from '../../vision/images/image-reader.ts';
import { placeImage, planResize, type ResizeMode } from '../../vision/images/resize-mode.ts';
import { sourceOfPart } from '../../vision/images/resize-taps.ts';
import { createMemoryGate } from './decode-gate.ts';
import { estimateDecodeBytes, gifFrameBytes, pixelsAtOnce, SMALL_PIXELS } from './decode-memory.ts';
import { explainFailure, explainFormat, explainTooLarge, type Failure } from './image-failure.ts';
import { headOfBytes, type ImageHead, readImageHead } from './image-head.ts';
import { loadSharp } from './image-loaders.ts';

/** Large images that are decoded at once share this; one that needs more has it alone. */
const SHARED_DECODE_BYTES = 256e6;
const gate = createMemoryGate(SHARED_DECODE_BYTES);

export interface DecodeOptions extends ImageSize {
  /** Larger images are refused before they are decoded. Default: {@link imageLimits}. */
  readonly limits?: ImageLimits | undefined;
}

/**
 * Decodes an image (JPEG, PNG, WebP, GIF, TIFF, AVIF; HEIC where the installed libvips can) to 8-bit sRGB, upright by its
 * EXIF orientation: transparency is blended on white, gray becomes RGB, 16 bits become 8, CMYK and embedded profiles
 * become sRGB, and of an animation the first frame is taken. The bytes tell the format, not the name.
 *
 * Unless `resize` says otherwise, the image is squashed to the size, whatever its aspect, as Keras' `flow_from_directory` and
 * `image_dataset_from_directory` do. The filter is a triangle, centers lie at half pixels, and where a direction is
 * reduced, the triangle widens with the reduction (antialiasing): Pillow's `BILINEAR`. Enlarging gives Pillow's very
 * bytes; reduced photographs differ from it by 0.2 of 255 on average. A large JPEG or WebP is first reduced while it is
 * decoded.
 *
 * Images that have to lie in memory as a whole are decoded a few at a time, very large ones one at a time.
 *
 * @param source - A path, the bytes of a file, or pixels.
 * @returns `[height, width, 3]`, values in [0, 255].
 * @throws {GraftError} `image`; `parts.received` is the reason: `empty file`, `truncated`, `damaged`, `not an image`,
 *   `an SVG file`, `file not found`, `a pipe, not a file`, or the size that is above the limit.
 */
export async function decodeImage(source: ImageSource, options: DecodeOptions): Promise<Uint8Array> {
  const { width, height, limits = imageLimits() } = options;
  refuseBadSize(width, 'width');
  refuseBadSize(height, 'height');
  if (isRaw(source)) return decode(source, options, limits);
  const file = typeof source === 'string' ? readImageHead(source) : headOfBytes(source);
  if ('reason' in file) throw imageError(source, file);
  const format = detectImageFormat(file.head);
  const refusal = explainFormat(format, file);
  if (refusal !== undefined) throw imageError(source, refusal);
  try {
    const bytes = await estimateBytes(source, format!, file, limits);
    return await gate.run(bytes, () => decode(source, options, limits));
  } catch (cause) {
    if (cause instanceof GraftError) throw cause;
    throw imageError(source, await explainFailure(source, cause, { ...file, format: format! }), cause);
  }
}

/**
 * Bytes that decoding an image takes beside others, 0 for most; nothing is decoded. What cannot be decoded takes none.
 *
 * @param source - As of {@link decodeImage}.
 */
export async function estimateFileDecodeBytes(
  source: ImageSource,
  limits: ImageLimits = imageLimits(),
): Promise<number> {
  if (isRaw(source)) return 0;
  const file = typeof source === 'string' ? readImageHead(source) : headOfBytes(source);
  if ('reason' in file) return 0;
  const format = detectImageFormat(file.head);
  if (explainFormat(format, file) !== undefined) return 0;
  return estimateBytes(source, format!, file, limits).catch(() => 0);
}

/** @throws {GraftError} `image`, if that is above the limit; and what sharp throws for a header that cannot be read. */
async function estimateBytes(
  source: string | Uint8Array,
  format: ImageFormat,
  { head, size }: ImageHead,
  limits: ImageLimits,
): Promise<number> {
  const pixels = pixelsAtOnce(format, head);
  if (pixels !== undefined && pixels <= Math.min(SMALL_PIXELS, limits.pixels)) return 0;
  const listing = format === 'gif' ? gifFrameBytes(size) : 0;
  // The limit is told here, with what was found.
  const header = await gate.run(listing, () => loadSharp()(source, { limitInputPixels: false }).metadata());
  const decodeBytes = estimateDecodeBytes(header, size);
  const tooLarge = explainTooLarge(header, decodeBytes, limits);
  if (tooLarge !== undefined) throw imageError(source, tooLarge);
  return decodeBytes;
}

/** Pixels, which need no decoding; they are brought to their form and size as those of a file. */
function isRaw(source: ImageSource): source is RawImage {
  return typeof source !== 'string' && !(source instanceof Uint8Array);
}

async function decode(
  source: ImageSource,
  { width, height, interpolation = 'bilinear', resize = 'squash' }: DecodeOptions,
  limits: ImageLimits,
): Promise<Uint8Array> {
  // `error` refuses truncated data and broken chunks, and lets through what viewers shrug off, such as
  // stray bytes between JPEG markers: those are warnings.
  const opened = isRaw(source)
    ? loadSharp()(source.data, {
        limitInputPixels: false,
        raw: { width: source.width, height: source.height, channels: countChannels(source) },
      })
    : loadSharp()(source, { failOn: 'error', limitInputPixels: limits.pixels, autoOrient: true });
  if (resize !== 'squash') return decodeInAspect(opened, { width, height }, resize);
  const { data, info } = await opened
    .resize(width, height, {
      fit: 'fill',
      kernel: 'linear',
      withoutEnlargement: interpolation === 'bilinear',
    })
    .flatten({ background: '#ffffff' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return enlargeImage(data, info, { width, height });
}

/** Both sides are reduced, or none: each by the same factor, up to a rounding that never crosses their own length. */
async function decodeInAspect(
  opened: Sharp,
  to: { readonly width: number; readonly height: number },
  mode: Exclude<ResizeMode, 'squash'>,
): Promise<Uint8Array> {
  const { autoOrient: from } = await opened.metadata();
  const plan = planResize(from, to, mode);
  const { resized, seen } = plan;
  const isEnlarged = from.width < resized.width || from.height < resized.height;
  const scaled = isEnlarged ? opened : opened.resize(resized.width, resized.height, REDUCING);
  const data = await scaled
    .extract(isEnlarged ? sourceOfPart(from, resized, seen) : seen)
    .flatten({ background: '#ffffff' })
    .raw()
    .toBuffer();
  return placeImage(isEnlarged ? enlargeImage(data, from, resized, seen) : data, plan, to);
}

const REDUCING = { fit: 'fill', kernel: 'linear' } as const;

function imageError(source: string | Uint8Array, { reason, advice }: Failure, cause?: unknown): GraftError {
  const where = typeof source === 'string' ? `image "${source}"` : 'image';
  return new GraftError('image', { where, expected: 'an image', received: reason, advice }, { cause });
}

function refuseBadSize(size: number, name: string): void {
  if (Number.isInteger(size) && size >= 1) return;
  throw new GraftError('argument', {
    where: 'image decoder',
    expected: `a ${name} of at least 1 pixel`,
    received: String(size),
    advice: 'Give the size that the network expects.',
  });
}
