/**
 * @file Changes of an image's values, byte for byte as Pillow makes them (`ImageEnhance`, `ImageOps`). All work in place, on
 * `[height, width, 3]`, values in [0, 255].
 */

const LEVELS = 256;
const CHANNELS = 3;

/** `ImageEnhance.Brightness`. @param factor - At least 0; 0 is black, 1 changes nothing. */
export function adjustBrightness(pixels: Uint8Array, factor: number): void {
  applyTable(pixels, (value) => blend(0, value, factor));
}

/** `ImageEnhance.Color`. @param factor - At least 0; 0 is gray, 1 changes nothing. */
export function adjustColor(pixels: Uint8Array, factor: number): void {
  for (let at = 0; at < pixels.length; at += CHANNELS) {
    const gray = grayOf(pixels, at);
    for (let channel = at; channel < at + CHANNELS; channel++) {
      pixels[channel] = blend(gray, pixels[channel]!, factor);
    }
  }
}

/** `ImageEnhance.Contrast`. @param factor - At least 0; 0 is the mean gray, 1 changes nothing. */
export function adjustContrast(pixels: Uint8Array, factor: number): void {
  let sum = 0;
  for (let at = 0; at < pixels.length; at += CHANNELS) sum += grayOf(pixels, at);
  const mean = Math.floor(sum / (pixels.length / CHANNELS) + 0.5);
  applyTable(pixels, (value) => blend(mean, value, factor));
}

/** `ImageEnhance.Sharpness`. @param factor - At least 0; 0 is smoothed (`ImageFilter.SMOOTH`), 1 changes nothing. */
export function adjustSharpness(
  pixels: Uint8Array,
  { height, width }: { readonly height: number; readonly width: number },
  factor: number,
): void {
  const source = pixels.slice();
  const stride = width * CHANNELS;
  // The outermost pixels stay as they are.
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * stride + CHANNELS; at < (y + 1) * stride - CHANNELS; at++) {
      const above = source[at - stride - CHANNELS]! + source[at - stride]! + source[at - stride + CHANNELS]!;
      const beside = source[at - CHANNELS]! + source[at + CHANNELS]!;
      const below = source[at + stride - CHANNELS]! + source[at + stride]! + source[at + stride + CHANNELS]!;
      const smooth = Math.floor((above + beside + below + 5 * source[at]!) / 13 + 0.5);
      pixels[at] = blend(smooth, source[at]!, factor);
    }
  }
}

/** `ImageOps.posterize`. @param bits - Kept of each value, 1 to 8. */
export function posterize(pixels: Uint8Array, bits: number): void {
  const mask = ~(2 ** (8 - bits) - 1);
  for (let at = 0; at < pixels.length; at++) pixels[at]! &= mask;
}

/** `ImageOps.solarize`: values from a threshold on are inverted. */
export function solarize(pixels: Uint8Array, threshold: number): void {
  applyTable(pixels, (value) => (value < threshold ? value : 255 - value));
}

/** `ImageOps.autocontrast`: each channel is stretched to all values. */
export function autoContrast(pixels: Uint8Array): void {
  forEachChannel(pixels, (counts) => {
    const low = counts.findIndex((count) => count > 0);
    const high = counts.findLastIndex((count) => count > 0);
    if (high <= low) return undefined;
    const scale = 255 / (high - low);
    return (value) => clip(Math.trunc(value * scale - low * scale));
  });
}

/** `ImageOps.equalize`: of each channel, all values become equally frequent. */
export function equalize(pixels: Uint8Array): void {
  forEachChannel(pixels, (counts) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const last = counts.findLast((count) => count > 0) ?? 0;
    const step = Math.floor((total - last) / 255);
    if (step === 0) return undefined;
    let sum = Math.floor(step / 2);
    const table = Array.from(counts, (count) => {
      const value = Math.floor(sum / step);
      sum += count;
      return value;
    });
    return (value) => clip(table[value]!);
  });
}

/** Between two values, or beyond the second: `Image.blend`, whose fractions are cut off. */
function blend(from: number, to: number, factor: number): number {
  // In Pillow's single precision.
  return clip(Math.trunc(Math.fround(from + Math.fround(Math.fround(factor) * (to - from)))));
}

/** Pillow's `L`: weights of ITU-R 601-2 with 16 bits behind the point. */
function grayOf(pixels: Uint8Array, at: number): number {
  return (pixels[at]! * 19595 + pixels[at + 1]! * 38470 + pixels[at + 2]! * 7471 + 0x8000) >> 16;
}

function applyTable(pixels: Uint8Array, change: (value: number) => number): void {
  const table = Uint8Array.from({ length: LEVELS }, (_, value) => change(value));
  for (let at = 0; at < pixels.length; at++) pixels[at] = table[pixels[at]!]!;
}

/** @param tableFor - From how often each value occurs to what becomes of it; undefined where the channel stays as it is. */
function forEachChannel(
  pixels: Uint8Array,
  tableFor: (counts: Uint32Array) => ((value: number) => number) | undefined,
): void {
  for (let channel = 0; channel < CHANNELS; channel++) {
    const counts = new Uint32Array(LEVELS);
    for (let at = channel; at < pixels.length; at += CHANNELS) counts[pixels[at]!]!++;
    const change = tableFor(counts);
    if (change === undefined) continue;
    const table = Uint8Array.from({ length: LEVELS }, (_, value) => change(value));
    for (let at = channel; at < pixels.length; at += CHANNELS) pixels[at] = table[pixels[at]!]!;
  }
}

function clip(value: number): number {
  return Math.min(255, Math.max(0, value));
}
