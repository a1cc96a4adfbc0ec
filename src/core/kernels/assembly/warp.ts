/**
 * @file One affine warp of an image, bilinear, uint8 in and out. Positions are fixed point with 32 bits behind the
 * point, weights have 14: the result is the exactly interpolated value, rounded, or in the rare case that lies within
 * 0.05 of a half, the neighbor.
 */

import { FILL_CONSTANT, FILL_REFLECT, FILL_WRAP } from '../warp-fields';

export { recolor } from './recolor';

/** 1.0 as a position. */
const ONE: f64 = 4294967296.0;

/** Where memory is free for the caller's use. */
export function heapBase(): usize {
  return __heap_base;
}

/**
 * `target[row, column] = source[yx * column + yy * row + y0, xx * column + xy * row + x0]`.
 *
 * @param source - uint8 `[height, width, 3]`. Readable for a row and 8 bytes beyond its end.
 * @param target - uint8 `[height, width, 3]`. Writable for one byte beyond its end.
 * @param fill - One of the `FILL_` values: what stands outside.
 * @param fillValue - In [0, 255], for `FILL_CONSTANT`.
 */
export function warp(
  source: usize,
  target: usize,
  height: i32,
  width: i32,
  xx: f64,
  xy: f64,
  x0: f64,
  yx: f64,
  yy: f64,
  y0: f64,
  fill: i32,
  fillValue: i32,
): void {
  const lastX = <i64>(width - 1) << 32;
  const lastY = <i64>(height - 1) << 32;
  const dx = fixed(xx);
  const dy = fixed(yx);
  const stride = <usize>width * 3;
  const fillBytes = fillValue * 0x010101;
  let out = target;
  for (let row = 0; row < height; row++) {
    let x = fixed(xy * <f64>row + x0);
    let y = fixed(yy * <f64>row + y0);
    // Columns whose position lies inside the image: an interval, for both axes and so for the row.
    const begin = max(firstInside(x, dx, lastX, width), firstInside(y, dy, lastY, width));
    const end = max(begin, min(endInside(x, dx, lastX, width), endInside(y, dy, lastY, width)));
    let column = 0;
    for (; column < begin; column++) {
      outside(source, stride, out, x, y, lastX, lastY, fill, fillBytes);
      x += dx;
      y += dy;
      out += 3;
    }
    for (; column < end; column++) {
      sample(source, stride, out, x, y);
      x += dx;
      y += dy;
      out += 3;
    }
    for (; column < width; column++) {
      outside(source, stride, out, x, y, lastX, lastY, fill, fillBytes);
      x += dx;
      y += dy;
      out += 3;
    }
  }
}

// @ts-ignore: decorator
@inline
function fixed(value: f64): i64 {
  return <i64>nearest(value * ONE);
}

/** The first column at which `at + step * column` has reached the inside, [0, last]; `width` if none has. */
function firstInside(at: i64, step: i64, last: i64, width: i32): i32 {
  if (step < 0) {
    at = last - at;
    step = -step;
  }
  if (at >= 0) return 0;
  return step == 0 ? width : <i32>min<i64>((step - 1 - at) / step, width);
}

/** The column from which on `at + step * column` has left the inside. */
function endInside(at: i64, step: i64, last: i64, width: i32): i32 {
  if (step < 0) {
    at = last - at;
    step = -step;
  }
  if (at > last) return 0;
  return step == 0 ? width : <i32>min<i64>((last - at) / step + 1, width);
}

/** A pixel whose position lies outside of the image: the filling, or the pixel at a position inside. */
function outside(
  source: usize,
  stride: usize,
  out: usize,
  x: i64,
  y: i64,
  lastX: i64,
  lastY: i64,
  fill: i32,
  fillBytes: i32,
): void {
  if (fill == FILL_CONSTANT) {
    store<i32>(out, fillBytes);
    return;
  }
  if (fill == FILL_REFLECT) {
    x = reflect(x, lastX);
    y = reflect(y, lastY);
  } else if (fill == FILL_WRAP) {
    x = wrap(x, lastX);
    y = wrap(y, lastY);
  }
  sample(source, stride, out, clamp(x, lastX), clamp(y, lastY));
}

// @ts-ignore: decorator
@inline
function clamp(at: i64, last: i64): i64 {
  return max<i64>(0, min<i64>(at, last));
}

/** `d c b a | a b c d | d c b a`: the edge pixel is repeated, so that between it and its image lies a flat pixel. */
function reflect(at: i64, last: i64): i64 {
  const length = last + (<i64>1 << 32);
  at %= 2 * length;
  if (at < 0) at += 2 * length;
  return at > last ? 2 * length - (<i64>1 << 32) - at : at;
}

/** SciPy's `wrap`: first and last pixel are the same place, so that the period is one less than the length. */
function wrap(at: i64, last: i64): i64 {
  if (last == 0) return 0;
  if (at < 0) return at + last * (-at / last + 1);
  return at > last ? at - last * (at / last) : at;
}

/** Bilinear, at a position in [0, last]. Neighbors beyond the edge are read, with weight 0. */
// @ts-ignore: decorator
@inline
function sample(source: usize, stride: usize, out: usize, x: i64, y: i64): void {
  const fx = <i32>(((x & 0xffffffff) + 0x20000) >> 18);
  const fy = <i32>(((y & 0xffffffff) + 0x20000) >> 18);
  const w11 = (fx * fy + 0x2000) >> 14;
  const above = i32x4.splat(((fx - w11) << 16) | (0x4000 - fx - fy + w11));
  const below = i32x4.splat((w11 << 16) | (fy - w11));
  const at = source + <usize>(<i32>(y >> 32)) * stride + <usize>(<i32>(x >> 32)) * 3;
  const sum = i32x4.add(
    i32x4.dot_i16x8_s(neighbours(at), above),
    i32x4.dot_i16x8_s(neighbours(at + stride), below),
  );
  const rounded = i32x4.shr_u(i32x4.add(sum, i32x4.splat(0x2000)), 14);
  const bytes = i8x16.swizzle(rounded, i8x16(0, 4, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
  // Four bytes: the next pixel writes over the fourth.
  v128.store32_lane(out, bytes, 0);
}

/** Two pixels of a row as 16-bit numbers: `r0 r1 g0 g1 b0 b1 0 0`. */
// @ts-ignore: decorator
@inline
function neighbours(at: usize): v128 {
  return i8x16.swizzle(
    v128.load64_zero(at),
    i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1),
  );
}
