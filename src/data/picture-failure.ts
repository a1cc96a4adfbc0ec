/** @file Says in a few stable words why a picture could not be decoded. */

import { open } from 'node:fs/promises';
import sharp from 'sharp';

export interface Failure {
  /** Short and stable: `empty file`, `truncated`, `damaged`, `not a picture`, `file not found`. */
  readonly reason: string;
  /** What the person can do, a sentence. */
  readonly advice: string;
}

const REPLACE = 'Replace or remove the file.';

/** Bytes that are looked at to tell the format. */
const HEAD_BYTES = 16;
/** Bytes that are looked at to tell whether the picture ends as it should; some writers leave padding behind. */
const TAIL_BYTES = 1024;

/** Words of libvips and its decoders for data that ends too early. */
const TRUNCATED = /premature end|unexpected end|libpng read error|bad seek|no frames in gif|not enough data/i;

/**
 * Explains a failed decode from the decoder's message and the first bytes of the file. Called only after a
 * failure, so that good pictures cost nothing.
 */
export async function explainFailure(
  source: string | Uint8Array,
  cause: unknown,
  pixelLimit: number,
): Promise<Failure> {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/pixel limit/i.test(message)) return explainTooLarge(source, pixelLimit);

  const file = typeof source === 'string' ? await readHead(source) : headOf(source);
  if ('reason' in file) return file;
  if (file.size === 0) return { reason: 'empty file', advice: REPLACE };
  const format = formatOf(file.head);
  if (!format) {
    return { reason: 'not a picture', advice: 'Give a JPEG, PNG, WebP, GIF, TIFF or AVIF file.' };
  }
  const isShort = format === 'webp' && file.size < file.head.readUInt32LE(4) + 8;
  // libvips keeps its messages for all threads together: of pictures that fail at once, some lose theirs.
  const endsTooEarly =
    TRUNCATED.test(message) || (/unknown error/i.test(message) && lacksEnd(format, file.tail));
  const isTruncated = isShort || file.size <= HEAD_BYTES || endsTooEarly;
  return { reason: isTruncated ? 'truncated' : 'damaged', advice: REPLACE };
}

async function explainTooLarge(source: string | Uint8Array, pixelLimit: number): Promise<Failure> {
  // Reads the header only.
  const size = await sharp(source, { limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  const pixels = size ? `${size.width} x ${size.height} pixels` : 'too many pixels';
  return {
    reason: `${pixels}, above the limit of ${megapixels(pixelLimit)}`,
    advice: 'Scale the picture down.',
  };
}

function megapixels(pixels: number): string {
  return pixels < 1e6 ? `${pixels} pixels` : `${Math.floor(pixels / 1e6)} megapixels`;
}

interface Head {
  readonly size: number;
  /** The first bytes, filled up with zeros. */
  readonly head: Buffer;
  /** The last bytes. */
  readonly tail: Buffer;
}

/** Whether the mark that ends such a file is missing. */
function lacksEnd(format: string, tail: Buffer): boolean {
  const end = { jpeg: '\xff\xd9', png: 'IEND', gif: '\x3b' }[format];
  return end !== undefined && !tail.includes(Buffer.from(end, 'latin1'));
}

async function readHead(path: string): Promise<Head | Failure> {
  try {
    const file = await open(path, 'r');
    try {
      const stats = await file.stat();
      if (stats.isDirectory()) return { reason: 'a folder', advice: 'Give a file.' };
      const head = Buffer.alloc(HEAD_BYTES);
      await file.read(head, 0, HEAD_BYTES, 0);
      const tail = Buffer.alloc(Math.min(TAIL_BYTES, stats.size));
      await file.read(tail, 0, tail.length, stats.size - tail.length);
      return { size: stats.size, head, tail };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return { reason: 'file not found', advice: 'Check the path.' };
    if (code === 'ELOOP') return { reason: 'broken link', advice: 'Repair or remove the link.' };
    return { reason: 'file cannot be opened', advice: 'Check its permissions.' };
  }
}

function headOf(bytes: Uint8Array): Head {
  const head = Buffer.alloc(HEAD_BYTES);
  head.set(bytes.subarray(0, HEAD_BYTES));
  return { size: bytes.length, head, tail: Buffer.from(bytes.subarray(-TAIL_BYTES)) };
}

/** The format that the first bytes promise. */
function formatOf(head: Buffer): string | undefined {
  const text = head.toString('latin1');
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('GIF8')) return 'gif';
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp';
  if (
    text.startsWith('II*\0') ||
    text.startsWith('MM\0*') ||
    text.startsWith('II+\0') ||
    text.startsWith('MM\0+')
  ) {
    return 'tiff';
  }
  if (/^ftyp(avif|avis|mif1)/.test(text.slice(4))) return 'avif';
  return undefined;
}
