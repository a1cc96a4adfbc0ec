import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { plainImage, pngOfSize, temporaryFolder } from '../../../tests/support/image-folder.ts';
import { needs } from '../../../tests/support/needs.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { type ImageLimits, limitsFor } from '../../vision/images/image-limits.ts';
import { decodeImage, estimateFileDecodeBytes } from './image-decoder.ts';
import { canReadHeic, explainFailure, explainFormat } from './image-failure.ts';
import { headOfBytes } from './image-head.ts';
import { blockDrawings } from './image-loaders.ts';

const RED = [255, 0, 0];
const WHITE = [255, 255, 255];

/** A 60 x 40 image: red, green / blue, white quarters. */
function quarters(): Sharp {
  const pixels = Buffer.alloc(60 * 40 * 3);
  for (let y = 0; y < 40; y++) {
    for (let x = 0; x < 60; x++) {
      const color = y < 20 ? (x < 30 ? RED : [0, 255, 0]) : x < 30 ? [0, 0, 255] : WHITE;
      pixels.set(color, (y * 60 + x) * 3);
    }
  }
  return sharp(pixels, { raw: { width: 60, height: 40, channels: 3 } });
}

/** The color in the middle of each quarter of an 8 x 8 result, row by row: the letter of the nearest color. */
function readQuarters(pixels: Uint8Array): string {
  const letters = { r: RED, g: [0, 255, 0], b: [0, 0, 255], w: WHITE };
  const at = [
    [2, 2],
    [6, 2],
    [2, 6],
    [6, 6],
  ];
  return at
    .map(([x, y]) => {
      const pixel = pixelAt(pixels, 8, x!, y!);
      const distance = (color: number[]): number =>
        color.reduce((sum, value, channel) => sum + Math.abs(value - pixel[channel]!), 0);
      return Object.entries(letters).sort((a, b) => distance(a[1]) - distance(b[1]))[0]![0];
    })
    .join('');
}

function pixelAt(pixels: Uint8Array, width: number, x: number, y: number): number[] {
  return Array.from(pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));
}

async function failureOf(source: string | Uint8Array, limits?: ImageLimits): Promise<string> {
  const options = { width: 8, height: 8, limits };
  const error = await decodeImage(source, options).catch((reason: unknown) => reason);
  if (!(error instanceof GraftError)) throw new Error(`no GraftError but ${error}`);
  expect(error.code).toBe('image');
  return error.parts.received;
}

describe('decodeImage', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)(
    'decodes %s from bytes and from a file',
    async (format) => {
      const bytes = await quarters().toFormat(format, { quality: 95 }).toBuffer();
      const fromBytes = await decodeImage(bytes, { width: 8, height: 8 });
      expect(fromBytes).toHaveLength(8 * 8 * 3);
      expect(readQuarters(fromBytes)).toBe('rgbw');
      // The name does not matter, the content does.
      const file = join(await temporaryFolder(), 'misnamed.jpg');
      await writeFile(file, bytes);
      expect(await decodeImage(file, { width: 8, height: 8 })).toEqual(fromBytes);
    },
  );

  it('returns [height, width, 3]', async () => {
    const pixels = await decodeImage(await quarters().png().toBuffer(), { width: 60, height: 40 });
    expect(Buffer.from(pixels).equals(await quarters().raw().toBuffer())).toBe(true);
    expect(await decodeImage(await plainImage('#f00'), { width: 5, height: 3 })).toHaveLength(45);
  });

  // What the eight values of the EXIF tag Orientation do to the quarters (TIFF 6.0, section 8).
  it.each([
    [1, 'rgbw'],
    [2, 'grwb'],
    [3, 'wbgr'],
    [4, 'bwrg'],
    [5, 'rbgw'],
    [6, 'brwg'],
    [7, 'wgbr'],
    [8, 'gwrb'],
  ])('turns EXIF orientation %i upright', async (orientation, expected) => {
    const bytes = await quarters().withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
    expect(readQuarters(await decodeImage(bytes, { width: 8, height: 8 }))).toBe(expected);
  });

  it('blends transparency on white', async () => {
    const half = { r: 0, g: 0, b: 0, alpha: 0.5 };
    for (const format of ['png', 'webp'] as const) {
      const bytes = await sharp({ create: { width: 9, height: 9, channels: 4, background: half } })
        .toFormat(format, { lossless: true })
        .toBuffer();
      const pixels = await decodeImage(bytes, { width: 3, height: 3 });
      expect(pixels).toBeAllClose(new Uint8Array(27).fill(127), { atol: 1, rtol: 0 });
    }
    const clear = { r: 255, g: 0, b: 0, alpha: 0 };
    const gif = await sharp({ create: { width: 9, height: 9, channels: 4, background: clear } })
      .gif()
      .toBuffer();
    expect(pixelAt(await decodeImage(gif, { width: 3, height: 3 }), 3, 1, 1)).toEqual(WHITE);
  });

  it('lets no color bleed out of transparent pixels', async () => {
    // Left: opaque black. Right: transparent red, which must count as white.
    const pixels = Buffer.alloc(16 * 16 * 4);
    for (let i = 0; i < 256; i++) pixels.set(i % 16 < 8 ? [0, 0, 0, 255] : [255, 0, 0, 0], i * 4);
    const bytes = await sharp(pixels, { raw: { width: 16, height: 16, channels: 4 } })
      .png()
      .toBuffer();
    const decoded = await decodeImage(bytes, { width: 3, height: 3 });
    for (let x = 0; x < 3; x++) {
      const [red, green, blue] = pixelAt(decoded, 3, x, 1);
      expect([green, blue]).toEqual([red, red]);
    }
  });

  it('makes RGB of gray, with and without alpha, and of a palette', async () => {
    const gray = sharp({ create: { width: 9, height: 9, channels: 3, background: '#808080' } });
    const png = await gray.clone().toColourspace('b-w').png().toBuffer();
    expect((await sharp(png).metadata()).channels).toBe(1);
    const jpeg = await gray.clone().toColourspace('b-w').jpeg().toBuffer();
    const withAlpha = await gray.clone().toColourspace('b-w').ensureAlpha().png().toBuffer();
    expect((await sharp(withAlpha).metadata()).channels).toBe(2);
    const palette = await gray.clone().png({ palette: true }).toBuffer();
    for (const bytes of [png, jpeg, withAlpha, palette]) {
      const pixels = await decodeImage(bytes, { width: 2, height: 2 });
      expect(pixels).toBeAllClose(new Uint8Array(12).fill(128), { atol: 1, rtol: 0 });
    }
  });

  it('makes 8 bits of 16, in color and in gray', async () => {
    const color = sharp({ create: { width: 9, height: 9, channels: 3, background: '#4080c0' } });
    for (const space of ['rgb16', 'grey16'] as const) {
      const bytes = await color.clone().toColourspace(space).png().toBuffer();
      expect((await sharp(bytes).metadata()).depth).toBe('ushort');
      const pixels = await decodeImage(bytes, { width: 1, height: 1 });
      const expected =
        space === 'rgb16'
          ? [0x40, 0x80, 0xc0]
          : (await color.clone().greyscale().raw().toBuffer()).subarray(0, 1);
      expect(pixels).toBeAllClose(
        expected.length === 3 ? expected : [expected[0]!, expected[0]!, expected[0]!],
        {
          atol: 1,
          rtol: 0,
        },
      );
    }
  });

  it('makes sRGB of CMYK', async () => {
    for (const format of ['jpeg', 'tiff'] as const) {
      const bytes = await quarters().toColourspace('cmyk').toFormat(format, { quality: 95 }).toBuffer();
      expect((await sharp(bytes).metadata()).space).toBe('cmyk');
      expect(readQuarters(await decodeImage(bytes, { width: 8, height: 8 }))).toBe('rgbw');
    }
  });

  it.each(['gif', 'webp'] as const)('takes the first frame of an animated %s', async (format) => {
    const frames = [await plainImage('#ff0000'), await plainImage('#0000ff')];
    const bytes = await sharp(frames, { join: { animated: true } })
      .toFormat(format, { lossless: true })
      .toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    expect(pixelAt(await decodeImage(bytes, { width: 4, height: 4 }), 4, 3, 3)).toEqual(RED);
  });

  it('squashes, whatever the aspect', async () => {
    const bands = Buffer.alloc(90 * 30 * 3);
    for (let i = 0; i < 90 * 30; i++) bands.set(i % 90 < 30 ? RED : i % 90 < 60 ? WHITE : [0, 0, 255], i * 3);
    const bytes = await sharp(bands, { raw: { width: 90, height: 30, channels: 3 } })
      .png()
      .toBuffer();
    const squashed = await decodeImage(bytes, { width: 9, height: 9 });
    expect([1, 4, 7].map((x) => pixelAt(squashed, 9, x, 4))).toEqual([RED, WHITE, [0, 0, 255]]);
  });

  it('antialiases: a fine chequered pattern becomes gray', async () => {
    const pixels = Buffer.from(
      Array.from({ length: 128 * 128 }, (_, i) => (((i % 128) + (i >> 7)) % 2 ? 255 : 0)),
    );
    const bytes = await sharp(pixels, { raw: { width: 128, height: 128, channels: 1 } })
      .png()
      .toBuffer();
    const small = await decodeImage(bytes, { width: 16, height: 16 });
    expect(small).toBeAllClose(new Uint8Array(16 * 16 * 3).fill(128), { atol: 3, rtol: 0 });
  });

  // Written by Pillow 13.0: np.asarray(Image.fromarray((np.arange(576) ** 2 % 256).astype(np.uint8).reshape(24, 24))
  //   .resize((9, 9), Image.BILINEAR))[2:7, 2:7].ravel(). At the border the two differ: Pillow's filter ends
  //   there, libvips repeats the outermost pixels.
  it('reduces as Pillow does with BILINEAR, away from the border', async () => {
    const pixels = Buffer.from(Array.from({ length: 576 }, (_, i) => (i * i) % 256));
    const bytes = await sharp(pixels, { raw: { width: 24, height: 24, channels: 1 } })
      .png()
      .toBuffer();
    const small = await decodeImage(bytes, { width: 9, height: 9 });
    const inner = [2, 3, 4, 5, 6].flatMap((y) => [2, 3, 4, 5, 6].map((x) => pixelAt(small, 9, x, y)[0]!));
    expect(inner).toBeAllClose(
      [
        103, 86, 107, 105, 99, 109, 102, 101, 107, 81, 131, 90, 104, 105, 93, 95, 124, 117, 111, 96, 97, 99,
        118, 130, 98,
      ],
      { atol: 1, rtol: 0 },
    );
  });

  it('enlarges a single pixel', async () => {
    const pixels = await decodeImage(await plainImage('#ff0000', 1, 1), { width: 4, height: 4 });
    expect(pixelAt(pixels, 4, 3, 3)).toEqual(RED);
  });
});

describe('decodeImage, on what is no good image', () => {
  it('tells what is wrong with a file, in few words', async () => {
    const folder = await temporaryFolder();
    const write = async (name: string, content: string | Uint8Array): Promise<string> => {
      await writeFile(join(folder, name), content);
      return join(folder, name);
    };
    const jpeg = await quarters().jpeg().toBuffer();
    await mkdir(join(folder, 'folder.jpg'));
    expect(await failureOf(await write('empty.jpg', ''))).toBe('empty file');
    expect(await failureOf(await write('text.jpg', 'Dear diary, no image today.'))).toBe('not an image');
    expect(await failureOf(await write('half.jpg', jpeg.subarray(0, jpeg.length / 2)))).toBe('truncated');
    expect(await failureOf(join(folder, 'missing.jpg'))).toBe('file not found');
    expect(await failureOf(join(folder, 'folder.jpg'))).toBe('a folder');
  });

  it('calls a file that ends too early truncated, in every format that can tell', async () => {
    const noise = Buffer.from(Array.from({ length: 90 * 60 * 3 }, (_, i) => (i * 7919) % 256));
    const image = sharp(noise, { raw: { width: 90, height: 60, channels: 3 } });
    for (const format of ['jpeg', 'png', 'webp', 'gif', 'avif'] as const) {
      const bytes = await image.clone().toFormat(format).toBuffer();
      for (const fraction of [0.5, 0.9]) {
        expect(`${format} ${await failureOf(bytes.subarray(0, bytes.length * fraction))}`).toBe(
          `${format} truncated`,
        );
      }
      expect(`${format} ${await failureOf(bytes.subarray(0, 14))}`).toBe(`${format} truncated`);
    }
    // The directory of a TIFF file may stand at its end: all that is known is that it is missing.
    const tiff = await image.clone().tiff().toBuffer();
    expect(await failureOf(tiff.subarray(0, tiff.length / 2))).toBe('damaged');
  });

  it('tells the same of bytes', async () => {
    expect(await failureOf(new Uint8Array(0))).toBe('empty file');
    expect(await failureOf(Buffer.from('no image at all, but words'))).toBe('not an image');
  });

  it('refuses an image of 3,600 megapixels without decoding it', async () => {
    expect(await failureOf(pngOfSize(60_000, 60_000))).toBe(
      '60000 x 60000 pixels, above the limit of 200 megapixels',
    );
    const limits = limitsFor(100e-6);
    expect(await failureOf(await plainImage('#f00', 11, 10), limits)).toBe(
      '11 x 10 pixels, above the limit of 100 pixels',
    );
    await expect(
      decodeImage(await plainImage('#f00', 10, 10), { width: 1, height: 1, limits }),
    ).resolves.toBeDefined();
  });

  it('lets through stray bytes between JPEG markers, as viewers do', async () => {
    const jpeg = await quarters().jpeg({ quality: 95 }).toBuffer();
    const stray = Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0, 0, 0]), jpeg.subarray(2)]);
    expect(readQuarters(await decodeImage(stray, { width: 8, height: 8 }))).toBe('rgbw');
    const trailing = Buffer.concat([jpeg, Buffer.from('trailer')]);
    expect(readQuarters(await decodeImage(trailing, { width: 8, height: 8 }))).toBe('rgbw');
  });

  it('says it in one message', async () => {
    const file = join(await temporaryFolder(), 'empty.jpg');
    await writeFile(file, '');
    await expect(decodeImage(file, { width: 8, height: 8 })).rejects.toThrow(
      withMessage(`image "${file}": expected an image, received empty file. Replace or remove the file.`),
    );
    await expect(decodeImage(Buffer.from('x'.repeat(99)), { width: 8, height: 8 })).rejects.toThrow(
      withMessage(
        'image: expected an image, received not an image. Give a JPEG, PNG, WebP, GIF, TIFF or AVIF file.',
      ),
    );
  });

  it.each([0, 1.5, Number.NaN])('refuses the width %s', async (width) => {
    await expect(decodeImage(await plainImage('#f00'), { width, height: 8 })).rejects.toThrow(
      withMessage(
        `image decoder: expected a width of at least 1 pixel, received ${width}. Give the size that the network expects.`,
      ),
    );
  });
});

describe('decodeImage, on files that are more than images', () => {
  const svg = (inside = '') =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">${inside}<rect width="64" height="64" fill="red"/></svg>`;

  it('never draws an SVG file, whatever its name, and so reads no file beside it', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'neighbor.png'), await plainImage('#00ff00', 64, 64));
    const drawing = svg('<image href="neighbor.png" width="64" height="64"/>');
    for (const content of [drawing, `<?xml version="1.0"?>\n${drawing}`, `\ufeff\n${drawing}`]) {
      const file = join(folder, 'photo.jpg');
      await writeFile(file, content);
      await expect(decodeImage(file, { width: 8, height: 8 })).rejects.toThrow(
        withMessage(
          `image "${file}": expected an image, received an SVG file. Give a JPEG, PNG, WebP, GIF, TIFF or AVIF file.`,
        ),
      );
    }
    expect(await failureOf(Buffer.from(svg()))).toBe('an SVG file');
  });

  it('keeps the loaders of all other formats shut, even where the look at the bytes were fooled', async () => {
    const file = join(await temporaryFolder(), 'x.v');
    await sharp(await plainImage('#f00')).toFile(file);
    await expect(sharp(file).raw().toBuffer()).rejects.toThrow(
      'Input file contains unsupported image format',
    );
    expect(await failureOf(file)).toBe('a libvips file');
    // A program's own drawings are its own business, unless the program is Graft itself.
    const drawing = Buffer.from(svg());
    expect((await sharp(drawing).metadata()).format).toBe('svg');
    blockDrawings();
    try {
      await expect(sharp(drawing).raw().toBuffer()).rejects.toThrow(
        'Input buffer contains unsupported image format',
      );
    } finally {
      sharp.unblock({ operation: ['VipsForeignLoadSvgBuffer', 'VipsForeignLoadSvgFile'] });
    }
  });

  it.each([
    ['%PDF-1.7', 'a PDF file'],
    ['<!DOCTYPE html><html></html>', 'an HTML page'],
    ['<?xml version="1.0"?><annotation/>', 'an XML file'],
    ['BM\x36\x10\0\0\0\0\0\0\x36', 'a BMP file'],
    ['BMW, Audi and others', 'not an image'],
    ['\xff\x0a\xfa\x1f', 'a JPEG XL file'],
    ['8BPS\0\x01', 'a Photoshop file'],
    ['PK\x03\x04', 'a ZIP archive'],
    ['\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'a video'],
    ['version https://git-lfs.github.com/spec/v1', 'a pointer of Git LFS, not the file itself'],
  ])('names what the bytes %j are', async (bytes, kind) => {
    expect(await failureOf(Buffer.from(bytes, 'latin1'))).toBe(kind);
  });

  it('tells how to convert HEIC', async () => {
    const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    const file = join(await temporaryFolder(), 'phone.jpg');
    await writeFile(file, heic);
    expect(canReadHeic()).toBe(false);
    await expect(decodeImage(file, { width: 8, height: 8 })).rejects.toThrow(
      withMessage(
        `image "${file}": expected an image, received a HEIC file. Convert it: heif-convert photo.heic photo.jpg (libheif), or on a Mac sips -s format jpeg photo.heic --out photo.jpg.`,
      ),
    );
    // With a libvips that has a decoder, the file is given to it.
    expect(explainFormat('heic', headOfBytes(heic), true)).toBeUndefined();
  });

  it('does not wait for a pipe, nor read a device', needs.signals, async () => {
    const pipe = join(await temporaryFolder(), 'pipe.jpg');
    execFileSync('mkfifo', [pipe]);
    await expect(decodeImage(pipe, { width: 8, height: 8 })).rejects.toThrow(
      withMessage(
        `image "${pipe}": expected an image, received a pipe, not a file. Save the image as a file first.`,
      ),
    );
    expect(await failureOf('/dev/zero')).toBe('a device, not a file');
  });
});

describe('decodeImage, on images that need much memory', () => {
  it('refuses an interlaced image of 16 bits by what it would take, and says how to read it all the same', async () => {
    const file = join(await temporaryFolder(), 'bomb.png');
    await writeFile(file, pngOfSize(9000, 9000, { depth: 16, colorType: 6, isInterlaced: true }));
    await expect(decodeImage(file, { width: 8, height: 8 })).rejects.toThrow(
      withMessage(
        `image "${file}": expected an image, received 9000 x 9000 pixels, stored in passes, which take 726 MB to decode, above the limit of 512 MB. Scale the image down, or set GRAFT_MAX_IMAGE_MEGAPIXELS=284 if you trust it.`,
      ),
    );
    // Raised as it says, the file is looked into: it has not what its header promises.
    expect(await failureOf(file, limitsFor(284))).toBe('damaged');
  });

  it('estimates nothing for images that are read line by line, nor for what cannot be read', async () => {
    const folder = await temporaryFolder();
    const write = async (name: string, bytes: Uint8Array): Promise<string> => {
      await writeFile(join(folder, name), bytes);
      return join(folder, name);
    };
    const large = sharp({ create: { width: 2200, height: 2200, channels: 3, background: '#888' } });
    const files = {
      baseline: await write('a.jpg', await large.clone().jpeg({ progressive: false }).toBuffer()),
      progressive: await write('b.jpg', await large.clone().jpeg({ progressive: true }).toBuffer()),
      small: await write('c.jpg', await quarters().jpeg({ progressive: true }).toBuffer()),
      text: await write('d.jpg', Buffer.from('text')),
    };
    const bytes = await Promise.all(Object.values(files).map((file) => estimateFileDecodeBytes(file)));
    expect(bytes).toEqual([0, 2200 * 2200 * 1.6 * 2, 0, 0]);
    expect(await estimateFileDecodeBytes(join(folder, 'missing.jpg'))).toBe(0);
  });
});

describe('explainFailure', () => {
  it.each(['jpeg', 'png', 'gif'] as const)('tells a truncated %s whose message got lost', async (format) => {
    const whole = await quarters().toFormat(format).toBuffer();
    const lost = new Error('Unknown error');
    const reasonOf = async (bytes: Uint8Array): Promise<string> =>
      (await explainFailure(bytes, lost, { ...headOfBytes(bytes), format })).reason;
    expect(await reasonOf(whole.subarray(0, whole.length - 20))).toBe('truncated');
    expect(await reasonOf(whole)).toBe('damaged');
  });
});
