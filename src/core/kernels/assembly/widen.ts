/** @file float16 numbers as float32, four at once: as exact as a table of all of them, and half the bytes are fetched from memory. */

/** 2^112, by which the exponents of both differ; also the numbers below the normal range of float16 come out right. */
const SCALE: f32 = 5.192296858534827628530496329220096e33;
/** From here on, float16 has infinity and what is no number: the bits of its largest exponent, where float32 has them. */
const INFINITY_BITS: i32 = 0x0f800000;
const MAX_EXPONENT: i32 = 0x7f800000;

/**
 * Widens numbers in place: their bits lie at the end of the room for them. What is written never reaches what is not read yet.
 *
 * @param room - Where the float32 numbers go, `count` of them; the float16 ones fill its second half.
 */
export function widenAtEnd(room: usize, count: u32): void {
  let from = room + (<usize>count << 1);
  let to = room;
  let index: u32 = 0;
  for (; index + 4 <= count; index += 4, from += 8, to += 16) {
    v128.store(to, widened(i32x4.extend_low_i16x8_u(v128.load64_zero(from))));
  }
  for (; index < count; index++, from += 2, to += 4) {
    v128.store32_lane(to, widened(i32x4.splat(load<u16>(from))), 0);
  }
}

// @ts-ignore: decorator
@inline
function widened(bits: v128): v128 {
  const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
  const rest = i32x4.shl(v128.and(bits, i32x4.splat(0x7fff)), 13);
  const isLast = i32x4.ge_s(rest, i32x4.splat(INFINITY_BITS));
  const scaled = f32x4.mul(rest, f32x4.splat(SCALE));
  return v128.or(v128.or(scaled, v128.and(isLast, i32x4.splat(MAX_EXPONENT))), sign);
}
