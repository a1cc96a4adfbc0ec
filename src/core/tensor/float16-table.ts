/** @file All float16 numbers as float32: a lookup is several times faster than taking the bits apart. */

let table: Float32Array | undefined;

/** The number of each of the 65,536 patterns of bits, IEEE 754 half precision. */
export function float16Table(): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, bits) => numberOf(bits));
  return table;
}

function numberOf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits >> 15 === 0 ? 1 : -1;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
