/** @file Says in a few stable words why an image could not be decoded. */

import { open } from 'node:fs/promises';
import { describeBytes, HEIC_FILE, type ImageFormat } from '../../vision/images/image-format.ts';
import { type ImageLimits, LIMIT_VARIABLE, megapixelsFor } from '../../vision/images/image-limits.ts';
import type { ImageHeader } from './decode-memory.ts';
import type { ImageHead } from './image-head.ts';
import { loadSharp } from './image-loaders.ts';

export interface Failure {
  /** Short and stable: `empty file`, `truncated`, `damaged`, `not an image`, `an SVG file`. */
  readonly reason: string;
  /** What the person can do, a sentence. */
  readonly advice: string;
}

const REPLACE = 'Replace or remove the file.';
const FORMATS = 'Give a JPEG, PNG, WebP, GIF, TIFF or AVIF file.';

/** How to make of HEIC, as phones write it, what can be read. */
export const HEIC_ADVICE =
  'Convert it: heif-convert photo.heic photo.jpg (libheif), or on a Mac sips -s format jpeg photo.heic --out photo.jpg.';

/** Shorter files hold no image of any format. */
const MIN_BYTES = 16;
/** Bytes that are looked at to tell whether the image ends as it should; some writers leave padding behind. */
const TAIL_BYTES = 1024;

/** Words of libvips and its decoders for data that ends too early. */
const TRUNCATED = /premature end|unexpected end|libpng read error|bad seek|no frames in gif|not enough data/i;

/** Why a file is not given to the decoder at all; undefined if it is. @param format - What its bytes promise. */
export function explainFormat(
  format: ImageFormat | undefined,
  { size, head }: ImageHead,
  readsHeic: boolean = canReadHeic(),
): Failure | undefined {
  if (size === 0) return { reason: 'empty file', advice: REPLACE };
  if (format === undefined) return { reason: describeBytes(head) ?? 'not an image', advice: FORMATS };
  if (format === 'heic' && !readsHeic) return { reason: HEIC_FILE, advice: HEIC_ADVICE };
  return undefined;
}

/** Whether libvips has a decoder of HEVC, which the one that comes with sharp has not. */
export function canReadHeic(): boolean {
  return loadSharp().format.heif.input.fileSuffix?.includes('.heic') ?? false;
}

/** Why an image is too large to be decoded; undefined if it is not. */
export function explainTooLarge(
  { width, height, isProgressive }: ImageHeader,
  decodeBytes: number,
  limits: ImageLimits,
): Failure | undefined {
  const pixels = width * height;
  if (pixels <= limits.pixels && decodeBytes <= limits.decodeBytes) return undefined;
  const reason =
    pixels > limits.pixels
      ? `above the limit of ${megapixels(limits.pixels)}`
      : `${isProgressive ? 'stored in passes, ' : ''}which take ${megabytes(decodeBytes)} to decode, above the limit of ${megabytes(limits.decodeBytes)}`;
  const raised = megapixelsFor({ pixels, decodeBytes });
  return {
    reason: `${width} x ${height} pixels, ${reason}`,
    advice: `Scale the image down, or set ${LIMIT_VARIABLE}=${raised} if you trust it.`,
  };
}

/** Explains a failed decode from the decoder's message and the file's bytes. Good images cost nothing. */
export async function explainFailure(
  source: string | Uint8Array,
  cause: unknown,
  file: ImageHead & { readonly format: ImageFormat },
): Promise<Failure> {
  const message = cause instanceof Error ? cause.message : String(cause);
  const { format, size, head } = file;
  const isShort = format === 'webp' && head.length >= 8 && size < Buffer.from(head).readUInt32LE(4) + 8;
  // libvips keeps its messages for all threads together: of images that fail at once, some lose theirs.
  const endsTooEarly =
    TRUNCATED.test(message) || (/unknown error/i.test(message) && lacksEnd(format, await tailOf(source)));
  const isTruncated = isShort || size <= MIN_BYTES || endsTooEarly;
  return { reason: isTruncated ? 'truncated' : 'damaged', advice: REPLACE };
}

function megapixels(pixels: number): string {
  return pixels < 1e6 ? `${pixels} pixels` : `${Math.floor(pixels / 1e6)} megapixels`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** Whether the mark that ends such a file is missing. */
function lacksEnd(format: string, tail: Buffer): boolean {
  const end = { jpeg: '\xff\xd9', png: 'IEND', gif: '\x3b' }[format];
  return end !== undefined && !tail.includes(Buffer.from(end, 'latin1'));
}

/** The last bytes; none if the file is gone by now. */
async function tailOf(source: string | Uint8Array): Promise<Buffer> {
  if (typeof source !== 'string') return Buffer.from(source.subarray(-TAIL_BYTES));
  try {
    const file = await open(source, 'r');
    try {
      const { size } = await file.stat();
      const tail = Buffer.alloc(Math.min(TAIL_BYTES, size));
      await file.read(tail, 0, tail.length, size - tail.length);
      return tail;
    } finally {
      await file.close();
    }
  } catch {
    return Buffer.alloc(0);
  }
}
