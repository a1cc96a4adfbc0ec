/** @file Brightness, contrast and saturation of an image, four pixels at a time, rounded once. */

/** Groups of four pixels whose sum float32 holds without loss that matters. */
const GROUPS_OF_A_SUM: u32 = 256;
const GROUP_BYTES: usize = 12;

/**
 * `x -> clip(brightness * x)`, then `x -> clip((x - mean) * contrast + mean)` with the channel's mean, then HSV's
 * saturation times `saturation`, at most 1. In place.
 *
 * @param pixels - uint8 `[count, 3]`. 16 bytes beyond its end are overwritten.
 * @param brightness - At least 0; so are `contrast` and `saturation`. 1 changes nothing.
 */
export function recolor(pixels: usize, count: i32, brightness: f32, contrast: f32, saturation: f32): void {
  const end = pixels + <usize>count * 3;
  // Pixels that fill the last group: they add nothing to a sum.
  memory.fill(end, 0, 16);
  const bright = f32x4.splat(brightness);
  const contrasts = f32x4.splat(contrast);
  const saturations = f32x4.splat(saturation);
  const isSpread = contrast != 1;
  const meanRed = isSpread ? mean(pixels, end, 0, bright) : f32x4.splat(0);
  const meanGreen = isSpread ? mean(pixels, end, 1, bright) : f32x4.splat(0);
  const meanBlue = isSpread ? mean(pixels, end, 2, bright) : f32x4.splat(0);
  for (let at = pixels; at < end; at += GROUP_BYTES) {
    const bytes = v128.load(at);
    const red = spread(brighten(channelOf(bytes, 0), bright), meanRed, contrasts);
    const green = spread(brighten(channelOf(bytes, 1), bright), meanGreen, contrasts);
    const blue = spread(brighten(channelOf(bytes, 2), bright), meanBlue, contrasts);
    // HSV: the value is the largest; at a fixed hue, the distances to it are proportional to the saturation.
    const value = f32x4.pmax(red, f32x4.pmax(green, blue));
    const chroma = f32x4.sub(value, f32x4.pmin(red, f32x4.pmin(green, blue)));
    const beyond = f32x4.gt(f32x4.mul(saturations, chroma), value);
    const factor = v128.bitselect(f32x4.div(value, chroma), saturations, beyond);
    storeRounded(at, saturate(red, value, factor), saturate(green, value, factor), saturate(blue, value, factor));
  }
}

/** Mean of a channel after its brightness, in all lanes. */
function mean(pixels: usize, end: usize, channel: i32, bright: v128): v128 {
  let total: f64 = 0;
  let at = pixels;
  while (at < end) {
    let sum = f32x4.splat(0);
    for (let group: u32 = 0; group < GROUPS_OF_A_SUM && at < end; group++) {
      const bytes = v128.load(at);
      sum = f32x4.add(
        sum,
        brighten(channel == 0 ? channelOf(bytes, 0) : channel == 1 ? channelOf(bytes, 1) : channelOf(bytes, 2), bright),
      );
      at += GROUP_BYTES;
    }
    total += <f64>f32x4.extract_lane(sum, 0) + <f64>f32x4.extract_lane(sum, 1);
    total += <f64>f32x4.extract_lane(sum, 2) + <f64>f32x4.extract_lane(sum, 3);
  }
  return f32x4.splat(<f32>((total * 3) / <f64>(end - pixels)));
}

/** One channel of four pixels. */
// @ts-ignore: decorator
@inline
function channelOf(bytes: v128, channel: i32): v128 {
  if (channel == 0) {
    return f32x4.convert_i32x4_s(
      i8x16.swizzle(bytes, i8x16(0, -1, -1, -1, 3, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1)),
    );
  }
  if (channel == 1) {
    return f32x4.convert_i32x4_s(
      i8x16.swizzle(bytes, i8x16(1, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1)),
    );
  }
  return f32x4.convert_i32x4_s(
    i8x16.swizzle(bytes, i8x16(2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1)),
  );
}

// @ts-ignore: decorator
@inline
function brighten(x: v128, factor: v128): v128 {
  return f32x4.pmin(f32x4.mul(x, factor), f32x4.splat(255));
}

// @ts-ignore: decorator
@inline
function spread(x: v128, mean: v128, factor: v128): v128 {
  const wider = f32x4.add(f32x4.mul(f32x4.sub(x, mean), factor), mean);
  return f32x4.pmin(f32x4.pmax(wider, f32x4.splat(0)), f32x4.splat(255));
}

// @ts-ignore: decorator
@inline
function saturate(x: v128, value: v128, factor: v128): v128 {
  return f32x4.sub(value, f32x4.mul(f32x4.sub(value, x), factor));
}

/** Four pixels, rounded half up. */
// @ts-ignore: decorator
@inline
function storeRounded(at: usize, red: v128, green: v128, blue: v128): void {
  // Each value is a byte in a lane of four: the channels side by side in the lane, then the gaps taken out.
  const lanes = v128.or(
    rounded(red),
    v128.or(i32x4.shl(rounded(green), 8), i32x4.shl(rounded(blue), 16)),
  );
  const bytes = i8x16.swizzle(lanes, i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
  v128.store64_lane(at, bytes, 0);
  v128.store32_lane(at + 8, bytes, 2);
}

// @ts-ignore: decorator
@inline
function rounded(x: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.add(x, f32x4.splat(0.5)));
}
