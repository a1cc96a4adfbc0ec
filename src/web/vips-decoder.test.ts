import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import Vips from 'wasm-vips';
import { withMessage } from '../../tests/support/saying.ts';
import { decodeImage } from '../node/images/image-decoder.ts';
import { RESIZE_MODES } from '../vision/images/resize-mode.ts';
import { VipsDecoder } from './vips-decoder.ts';

/** Smooth colors with some noise, other in each corner: turned, flipped and cropped images are told apart. */
function picture(width: number, height: number, channels: 1 | 2 | 3 | 4 = 3): Sharp {
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        const noise = ((x * 73856093) ^ (y * 19349663) ^ (channel * 83492791)) & 31;
        const wave = channel === 1 ? y / height : channel === 2 ? (x + y) / (width + height) : x / width;
        data[(y * width + x) * channels + channel] = Math.floor(wave * 220) + noise;
      }
    }
  }
  return sharp(data, { raw: { width, height, channels } });
}

/** Bytes of a file, by what is in it. */
const FILES: Record<string, () => Promise<Uint8Array>> = {
  'a JPEG that is reduced by 8 while it is decoded': () => picture(1901, 1403).jpeg().toBuffer(),
  'a JPEG at the limit of a factor': () => picture(320, 256).jpeg().toBuffer(),
  'a JPEG with one short side': () => picture(900, 40).jpeg().toBuffer(),
  'a small JPEG': () => picture(31, 23).jpeg().toBuffer(),
  'a gray JPEG': () => picture(300, 200, 1).toColourspace('b-w').jpeg().toBuffer(),
  'a JPEG in CMYK': () => picture(300, 200).toColourspace('cmyk').jpeg().toBuffer(),
  'a JPEG with the profile of a wide screen': () => picture(700, 500).withIccProfile('p3').jpeg().toBuffer(),
  'a PNG': () => picture(300, 211).png().toBuffer(),
  'a PNG of 16 bits': () => picture(201, 99).toColourspace('rgb16').png().toBuffer(),
  'a transparent PNG': () => picture(180, 120, 4).png().toBuffer(),
  'a gray transparent PNG': () => picture(180, 120, 2).toColourspace('b-w').png().toBuffer(),
  'a PNG of one pixel': () => picture(1, 1).png().toBuffer(),
  'a WebP that is reduced while it is decoded': () => picture(801, 603).webp().toBuffer(),
  'a transparent WebP': () => picture(90, 61, 4).webp().toBuffer(),
  'a GIF': () => picture(120, 81).gif().toBuffer(),
  'a TIFF': () => picture(120, 81).tiff().toBuffer(),
};
for (const orientation of [2, 3, 4, 5, 6, 7, 8]) {
  FILES[`a photograph with orientation ${orientation}`] = () =>
    picture(640, 410).withMetadata({ orientation }).jpeg().toBuffer();
}

const SIZES = [
  { width: 64, height: 64 },
  { width: 96, height: 50 },
];

describe('VipsDecoder', () => {
  let decoder: VipsDecoder;
  beforeAll(async () => {
    decoder = new VipsDecoder(await Vips({ dynamicLibraries: [] }));
  });

  it.each(Object.keys(FILES))('decodes %s as the command line does, to the bit', async (name) => {
    const bytes = await FILES[name]!();
    for (const size of SIZES) {
      for (const resize of RESIZE_MODES) {
        const expected = await decodeImage(bytes, { ...size, resize });
        const pixels = decoder.pixels(bytes, { ...size, resize }, 'image');
        expect([resize, size, Buffer.compare(pixels, expected)]).toEqual([resize, size, 0]);
      }
    }
  });

  it('gives a whole image upright', async () => {
    const bytes = await FILES['a photograph with orientation 6']!();
    const { pixels, width, height } = decoder.whole(bytes, 'image');
    expect([width, height]).toEqual([410, 640]);
    expect(Buffer.compare(pixels, await decodeImage(bytes, { width, height }))).toBe(0);
  });

  it.each([
    ['a text', () => Buffer.from('hello'), 'not an image'],
    ['an SVG file', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'an SVG file'],
    [
      'half a JPEG',
      async () => (await picture(300, 200).jpeg().toBuffer()).subarray(0, 3000),
      'a file that libvips cannot decode',
    ],
    [
      'a damaged PNG',
      async () => (await picture(90, 60).png().toBuffer()).fill(7, 100, 900),
      'a file that libvips cannot decode',
    ],
  ])('refuses %s in words', async (_, bytes, received) => {
    const given = await bytes();
    expect(() => decoder.pixels(given, SIZES[0]!, 'image "x"')).toThrow(
      withMessage(
        `image "x": expected an image, received ${received}. Leave it out, or save it as PNG or JPEG.`,
      ),
    );
  });
});
