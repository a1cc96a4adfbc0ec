/** @file Numbers of IEEE 754's half precision, to float32 and back. */

let table: Float32Array | undefined;

/** The number of each of the 65,536 patterns of bits: a lookup is several times faster than taking the bits apart. */
export function float16Table(): Float32Array {
  table ??= fillTable(new Float32Array(65_536));
  return table;
}

/** As bits of float32, whose exponents are larger by 112; those of numbers below the normal range are found by arithmetic. */
function fillTable(numbers: Float32Array): Float32Array {
  const words = new Uint32Array(numbers.buffer);
  for (let bits = 0; bits < 0x8000; bits++) {
    const exponent = bits >> 10;
    if (exponent === 0) numbers[bits] = bits * SMALLEST;
    else words[bits] = (bits << 13) + ((exponent === 31 ? 224 : 112) << 23);
    words[bits + 0x8000] = words[bits]! | 0x80000000;
  }
  return numbers;
}

/**
 * The bits of the nearest float16 of each number, of two the even one; what is too large becomes infinite.
 *
 * @see https://gist.github.com/rygorous/2156668
 */
export function toFloat16Bits(numbers: Float32Array): Uint16Array {
  const words = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  const bits = new Uint16Array(numbers.length);
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const magnitude = word & 0x7fffffff;
    bits[index] = ((word >>> 16) & 0x8000) | bitsOf(magnitude, numbers[index]!);
  }
  return bits;
}

/** @param magnitude - Bits of the float32 without its sign. */
function bitsOf(magnitude: number, number: number): number {
  if (magnitude > INFINITE) return NOT_A_NUMBER;
  if (magnitude >= TOO_LARGE) return 0x7c00;
  // Half of what is cut off is added, less one where the bit before it is even; a carry goes into the exponent, as it should.
  if (magnitude >= NORMAL) return (magnitude - (112 << 23) + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
  const steps = Math.abs(number) / SMALLEST;
  const below = Math.floor(steps);
  const rest = steps - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** The smallest float16 above 0; smaller than {@link NORMAL}, all are multiples of it. */
const SMALLEST = 2 ** -24;
/** Bits of float32: infinity, 2 ** 16 and 2 ** -14. */
const INFINITE = 0x7f800000;
const TOO_LARGE = 0x47800000;
const NORMAL = 0x38800000;
const NOT_A_NUMBER = 0x7e00;
