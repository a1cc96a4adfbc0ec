/** @file A set of images as a filter of their hashes, small enough to go with a model: which images were trained on? */

import * as z from 'zod';
import { HASH_BYTES } from '../../core/examples/content-hashes.ts';
import { platform } from '../../core/runtime/platform.ts';

/*
 * The format, as JSON: { version: 1, seed, images, range, rice, data }.
 *
 * An image stands for the whole number floor((h * m mod 2^48) * range / 2^48), where h is the first 48 bits of SHA-256 of
 * its file, and m those of SHA-256 of the text "graft images 1 SEED", both big-endian, m made odd. Those numbers, sorted and each once, are `images` many; data
 * holds, for each, how many numbers lie between it and the one before it (the first: before it), Golomb-Rice coded: the
 * quotient by 2^rice as that many ones and a zero, then the remainder in `rice` bits, the highest first; bits fill bytes
 * from the highest; the last byte is filled up with zeros; all of it in base64.
 *
 * An image that is not among them is taken for one of them with a probability of images / range.
 */

const VERSION = 1;
/** Numbers for each image at most: of 1,000 other images, one in four million sets has one that is taken wrongly. */
const MAX_NUMBERS_PER_IMAGE = 2 ** 32;
/** In base64, 75,000 bytes are 100,000 characters, of which the other fields take some. Larger sets have as many bits an image as 100,000 images have. */
const MAX_BITS = 74_850 * 8;
const MIN_BITS_PER_IMAGE = 5.98;
/** What the code takes for an image beside the logarithm of the numbers for each: 1.44 at best, and for Rice 0.03 more. */
const CODE_BITS = 1.48;
/** A filter in which more than one in so many others would be found says nothing. */
const MIN_NUMBERS_PER_IMAGE = 8;
const HASHED_BITS = 48;

export interface ImageFilter {
  /** How many images it was made of, as it says. */
  readonly images: number;
  /** Fraction of other images that it takes for some of its own. */
  readonly falsePositiveRate: number;
  /** Whether an image is among those that it was made of. @param hash - SHA-256 of its file. */
  has(hash: Uint8Array): boolean;
}

const schema = z.object({
  version: z.literal(VERSION),
  seed: z.int(),
  images: z.int().nonnegative(),
  range: z.int().nonnegative(),
  rice: z.int().min(0).max(48),
  data: z.base64(),
});

/**
 * Makes a filter of images.
 *
 * @param hashes - `[N, 32]`, SHA-256 of the files; rows of zeros, of files that could not be read, are left out.
 * @param seed - Any whole number. The same images and seed make the same filter, whatever their order.
 */
export function encodeImageFilter(hashes: Uint8Array, seed: number): string {
  const hashed = hashedNumbers(hashes, seed);
  const bits = Math.max(MIN_BITS_PER_IMAGE, MAX_BITS / Math.max(1, hashed.length));
  const factor = Math.min(MAX_NUMBERS_PER_IMAGE, Math.floor(2 ** (bits - CODE_BITS)));
  const range = hashed.length * factor;
  const numbers = sortedOnce(hashed.map((number) => scaled(number, range)));
  const rice = Math.max(0, Math.round(Math.log2(factor * Math.LN2)));
  const writer = new BitWriter();
  let before = -1;
  for (const number of numbers) {
    const between = number - before - 1;
    for (let ones = Math.floor(between / 2 ** rice); ones > 0; ones--) writer.write(1, 1);
    writer.write(0, 1);
    const remainder = between % 2 ** rice;
    if (rice > HALF_BITS) writer.write(Math.floor(remainder / 2 ** HALF_BITS), rice - HALF_BITS);
    writer.write(remainder % 2 ** HALF_BITS, Math.min(rice, HALF_BITS));
    before = number;
  }
  const data = btoa(Array.from(writer.bytes(), (byte) => String.fromCharCode(byte)).join(''));
  return JSON.stringify({ version: VERSION, seed, images: numbers.length, range, rice, data });
}

/** Reads a filter; undefined if it is damaged, of another version, or so dense that it would say nothing. */
export function decodeImageFilter(text: string): ImageFilter | undefined {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { seed, images, range, rice, data } = parsed.data;
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  // Each takes at least its zero and its remainder: so no more memory is taken than the file gives reason to.
  if (images * (rice + 1) > bytes.length * 8 || range < images * MIN_NUMBERS_PER_IMAGE) return undefined;
  const numbers = decodeNumbers(bytes, { images, range, rice });
  if (numbers === undefined) return undefined;
  const multiplier = multiplierOf(seed);
  return {
    images,
    falsePositiveRate: images === 0 ? 0 : images / range,
    has: (hash) => includes(numbers, scaled(hashedNumber(hash, multiplier), range)),
  };
}

function decodeNumbers(
  bytes: Uint8Array,
  { images, range, rice }: { readonly images: number; readonly range: number; readonly rice: number },
): Float64Array | undefined {
  const numbers = new Float64Array(images);
  const end = bytes.length * 8;
  let position = 0;
  const read = (): number => {
    const bit = (bytes[position >> 3]! >> (7 - (position & 7))) & 1;
    position++;
    return bit;
  };
  let before = -1;
  for (let index = 0; index < images; index++) {
    let between = 0;
    while (position < end && read() === 1) between += 2 ** rice;
    if (position + rice > end) return undefined;
    for (let bit = rice - 1; bit >= 0; bit--) between += read() * 2 ** bit;
    before += between + 1;
    if (before >= range) return undefined;
    numbers[index] = before;
  }
  if (end - position >= 8) return undefined;
  while (position < end) if (read() === 1) return undefined;
  return numbers;
}

/** Of every image that has a hash, once, ascending. */
function hashedNumbers(hashes: Uint8Array, seed: number): Float64Array {
  const count = hashes.length / HASH_BYTES;
  const numbers = new Float64Array(count);
  const multiplier = multiplierOf(seed);
  let kept = 0;
  for (let index = 0; index < count; index++) {
    const hash = hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
    if (hash.some((byte) => byte !== 0)) numbers[kept++] = hashedNumber(hash, multiplier);
  }
  return sortedOnce(numbers.subarray(0, kept));
}

function hashedNumber(hash: Uint8Array, multiplier: bigint): number {
  return Number(BigInt.asUintN(HASHED_BITS, BigInt(firstBits(hash)) * multiplier));
}

/** With another one, other images are taken for those that were trained on. */
function multiplierOf(seed: number): bigint {
  return BigInt(firstBits(platform.sha256().update(`graft images ${VERSION} ${seed}`).bytes())) | 1n;
}

/** The first 48 bits. */
function firstBits(hash: Uint8Array): number {
  return (
    ((hash[0]! << 16) | (hash[1]! << 8) | hash[2]!) * 2 ** 24 +
    ((hash[3]! << 16) | (hash[4]! << 8) | hash[5]!)
  );
}

/** From [0, 2^48) to [0, range), in the same order. */
function scaled(hashed: number, range: number): number {
  return Number((BigInt(hashed) * BigInt(range)) >> BigInt(HASHED_BITS));
}

function sortedOnce(numbers: Float64Array): Float64Array {
  return numbers.toSorted().filter((number, index, all) => index === 0 || number !== all[index - 1]);
}

function includes(numbers: Float64Array, wanted: number): boolean {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return numbers[low] === wanted;
}

/** As many bits are written at once: with the 7 that may be in front of them in their first byte, they are a number of 31. */
const HALF_BITS = 24;

class BitWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  /** The lowest bits of a whole number, the highest of them first. @param count - At most {@link HALF_BITS}. */
  write(bits: number, count: number): void {
    const at = this.#length >> 3;
    if (at + 4 > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    const shifted = bits << (32 - count - (this.#length & 7));
    const bytes = this.#bytes;
    bytes[at]! |= shifted >>> 24;
    bytes[at + 1]! |= shifted >>> 16;
    bytes[at + 2]! |= shifted >>> 8;
    bytes[at + 3]! |= shifted;
    this.#length += count;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, (this.#length + 7) >> 3);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
