import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/node/images/image-decoder.ts';
import { resizeImage } from '../../../src/vision/images/resize-image.ts';

interface Case {
  readonly name: string;
  /** `[height, width]`. */
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly pixels: string;
  readonly crop: string;
  readonly letterbox: string;
}

const { cases } = JSON.parse(readFileSync(new URL('in-aspect.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[];
};
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const MODES = ['crop', 'letterbox'] as const;
const each = cases.flatMap((one) => MODES.map((mode) => ({ ...one, mode })));

describe("an image in its own aspect, beside Pillow's", () => {
  it.each(each)('$name, $mode: decoded to the very bytes, or nearly the same where it is reduced', async (one) => {
    const [[height, width], [toHeight, toWidth]] = [one.from, one.to];
    const png = await sharp(bytesOf(one.pixels), { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    const decoded = await decodeImage(png, { width: toWidth, height: toHeight, resize: one.mode });
    const wanted = bytesOf(one[one.mode]);
    expect(decoded.length).toBe(wanted.length);
    const isReduced =
      one.mode === 'crop' ? Math.min(height, width) > toHeight : Math.max(height, width) > toHeight;
    const differences = decoded.map((value, i) => Math.abs(value - wanted[i]!));
    // libvips rounds its weights to 6 bits less, and repeats the outermost pixels where Pillow's triangle ends.
    expect(Math.max(...differences)).toBeLessThanOrEqual(isReduced ? 6 : 0);
    expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThan(0.8);
  });

  it.each(each)('$name, $mode: the very bytes by resizeImage', (one) => {
    const [[height, width], [toHeight, toWidth]] = [one.from, one.to];
    const resized = resizeImage(
      bytesOf(one.pixels),
      { width, height },
      { width: toWidth, height: toHeight },
      one.mode,
    );
    expect(Buffer.from(resized).equals(Buffer.from(bytesOf(one[one.mode])))).toBe(true);
  });
});
