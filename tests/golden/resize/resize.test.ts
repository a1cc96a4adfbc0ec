import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { enlargeImage } from '../../../src/vision/images/enlarge-image.ts';
import { resizeImage } from '../../../src/vision/images/resize-image.ts';
import { decodeImage } from '../../../src/node/images/image-decoder.ts';

interface Case {
  readonly name: string;
  /** `[height, width]`. */
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly pixels: string;
  readonly pillow: string;
  readonly tensorflowDifference: number;
}

const { cases } = JSON.parse(readFileSync(new URL('resize.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[];
};
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const enlarges = ({ from, to }: Case): boolean => to[0] >= from[0] && to[1] >= from[1];

async function decoded({ from: [height, width], to, pixels }: Case): Promise<Uint8Array> {
  const png = await sharp(bytesOf(pixels), { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return decodeImage(png, { width: to[1], height: to[0] });
}

/** The function that the page gives to other programs. */
async function documented(): Promise<(pixels: Uint8Array, from: Case['from'], to: Case['to']) => Uint8Array> {
  const page = readFileSync(new URL('../../../docs/images.md', import.meta.url), 'utf8');
  const [, code = ''] = /^```js\n([\s\S]*?export function resize[\s\S]*?)^```$/m.exec(page) ?? [];
  const module = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return module.resize;
}

/** Mean and largest difference, of 255. */
function differenceOf(a: Uint8Array, b: Uint8Array): { mean: number; max: number } {
  const differences = Array.from(a, (value, i) => Math.abs(value - b[i]!));
  const sum = differences.reduce((total, each) => total + each, 0);
  return { mean: sum / a.length, max: Math.max(...differences) };
}

describe("a resized image, beside Pillow's BILINEAR", () => {
  it.each(cases.filter(enlarges))('$name: the very bytes', async (one) => {
    const wanted = bytesOf(one.pillow);
    expect(Buffer.from(await decoded(one)).equals(wanted)).toBe(true);
    const [[height, width], [toHeight, toWidth]] = [one.from, one.to];
    const enlarged = enlargeImage(bytesOf(one.pixels), { width, height }, { width: toWidth, height: toHeight });
    expect(Buffer.from(enlarged).equals(wanted)).toBe(true);
  });

  // libvips rounds its weights to 6 bits less, and repeats the outermost pixels where Pillow's triangle ends.
  it.each(cases.filter((one) => !enlarges(one)))('$name: nearly the same', async (one) => {
    const { mean, max } = differenceOf(await decoded(one), bytesOf(one.pillow));
    expect(mean).toBeLessThan(0.8);
    expect(max).toBeLessThanOrEqual(6);
  });

  it.each(cases)('$name: the very bytes where there is no libvips', ({ pixels, from, to, pillow }) => {
    const [[height, width], [toHeight, toWidth]] = [from, to];
    const resized = resizeImage(bytesOf(pixels), { width, height }, { width: toWidth, height: toHeight });
    expect(Buffer.from(resized).equals(bytesOf(pillow))).toBe(true);
  });

  it('is given to the byte by the function in docs/images.md, which reduces too', async () => {
    const resize = await documented();
    for (const { pixels, from, to, pillow } of cases) {
      expect(Buffer.from(resize(bytesOf(pixels), from, to)).equals(bytesOf(pillow))).toBe(true);
    }
  });

  it('is given to the byte by resizeImage, which reduces too', () => {
    for (const { pixels, from, to, pillow } of cases) {
      const [[height, width], [toHeight, toWidth]] = [from, to];
      const resized = resizeImage(bytesOf(pixels), { width, height }, { width: toWidth, height: toHeight });
      expect(Buffer.from(resized).equals(bytesOf(pillow))).toBe(true);
    }
  });

  it('is what TensorFlow computes with antialias, but for the rounding', () => {
    for (const { tensorflowDifference } of cases) expect(tensorflowDifference).toBeLessThanOrEqual(1);
  });
});
