import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import type { ImageFormat } from '../../vision/images/image-format.ts';
import { decodeBytesOf, type ImageHeader, pixelsAtOnce } from './decode-memory.ts';
import { HEAD_BYTES } from './image-head.ts';

const plain = (channels: 3 | 4 = 3): Sharp =>
  sharp({ create: { width: 300, height: 200, channels, background: { r: 9, g: 99, b: 199, alpha: 0.5 } } });

describe('pixelsAtOnce', () => {
  it.each([
    ['png', plain().png()],
    ['png', plain(4).png({ progressive: true })],
    ['jpeg', plain().jpeg()],
    ['jpeg', plain().jpeg({ progressive: true })],
    ['jpeg', plain().withMetadata({ orientation: 6 }).withIccProfile('p3').jpeg()],
    ['webp', plain().webp()],
    ['webp', plain(4).webp()],
    ['webp', plain().webp({ lossless: true })],
    ['webp', plain().withMetadata({ orientation: 6 }).webp()],
  ] as const)('finds in the first bytes of %s what the decoder finds', async (format, image) => {
    const bytes = await image.toBuffer();
    const { width, height } = await sharp(bytes).metadata();
    expect([width, height]).toEqual([300, 200]);
    expect(pixelsAtOnce(format, bytes.subarray(0, HEAD_BYTES))).toBe(60_000);
  });

  it('leaves it to the decoder where the size stands further behind, or anything is unusual', async () => {
    const jpeg = await plain().jpeg().toBuffer();
    const far = Buffer.concat([
      jpeg.subarray(0, 2),
      Buffer.from([0xff, 0xe1, 0x20, 0]),
      Buffer.alloc(0x1ffe),
      jpeg.subarray(2),
    ]);
    expect(pixelsAtOnce('jpeg', far.subarray(0, HEAD_BYTES))).toBeUndefined();
    const stray = Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0]), jpeg.subarray(2)]);
    expect(pixelsAtOnce('jpeg', stray)).toBeUndefined();
    for (const format of ['gif', 'tiff', 'avif'] as const)
      expect(pixelsAtOnce(format, await plain().toFormat(format).toBuffer())).toBeUndefined();
  });

  it('neither throws nor runs on for any bytes', () => {
    const formats: readonly ImageFormat[] = ['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif', 'heic'];
    fc.assert(
      fc.property(fc.constantFrom(...formats), fc.uint8Array({ maxLength: 300 }), (format, bytes) => {
        const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, ...bytes);
        for (const head of [bytes, jpeg]) {
          const pixels = pixelsAtOnce(format, head);
          expect(pixels === undefined || Number.isSafeInteger(pixels)).toBe(true);
        }
      }),
    );
  });
});

describe('decodeBytesOf', () => {
  const header: ImageHeader = {
    format: 'jpeg',
    width: 1000,
    height: 1000,
    channels: 3,
    depth: 'uchar',
    isProgressive: false,
    chromaSubsampling: '4:2:0',
  };
  // Measured: most memory of a process that decodes one such image of 9000 x 9000, or 6000 x 6000 for AVIF, to 224 px,
  // less what it had before, in bytes for each pixel.
  it.each<[string, Partial<ImageHeader>, number]>([
    ['baseline JPEG', {}, 0.1],
    ['progressive JPEG, 4:2:0', { isProgressive: true }, 3.1],
    ['progressive JPEG, 4:4:4', { isProgressive: true, chromaSubsampling: '4:4:4' }, 6.1],
    ['progressive JPEG, CMYK', { isProgressive: true, channels: 4, chromaSubsampling: '4:4:4:4' }, 8.15],
    ['PNG, line by line', { format: 'png' }, 0.53],
    ['PNG, interlaced', { format: 'png', isProgressive: true }, 3.34],
    [
      'PNG, interlaced, 16 bits, alpha',
      { format: 'png', isProgressive: true, channels: 4, depth: 'ushort' },
      8.7,
    ],
    ['WebP, lossless', { format: 'webp' }, 4.47],
    ['GIF', { format: 'gif', channels: 4 }, 4.61],
    ['AVIF', { format: 'heif' }, 18.4],
    ['AVIF, 12 bits, alpha', { format: 'heif', channels: 4, depth: 'ushort' }, 25.5],
    ['TIFF, a channel after the other, 16 bits', { format: 'tiff', depth: 'ushort' }, 8.68],
  ])('%s: not less than was measured, and not much more', (_, form, measured) => {
    const estimated = decodeBytesOf({ ...header, ...form }, 0) / 1e6;
    // What is read line by line counts as nothing.
    if (measured < 1) expect(estimated).toBe(0);
    else {
      expect(estimated).toBeGreaterThan(measured * 0.99);
      expect(estimated).toBeLessThan(measured * 1.15);
    }
  });

  it("counts a GIF's frames by the size of the file", () => {
    const two = { ...header, format: 'gif', width: 2, height: 2 } as const;
    expect(decodeBytesOf(two, 23e6)).toBeGreaterThan(110e6);
  });
});
