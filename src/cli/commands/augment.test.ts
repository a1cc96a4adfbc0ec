import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { plainImage, temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { augmentCommand } from './augment.ts';

let printed = '';

beforeEach(() => {
  printed = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed += text;
      return true;
    });
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

const preview = (...args: string[]): Promise<unknown> =>
  augmentCommand().parseAsync(['preview', ...args], { from: 'user' });

/** Left half red, right half blue, over one another: a flip can be seen. */
async function twoColors(): Promise<Buffer> {
  const left = await plainImage('#ff0000', 4, 8);
  return sharp(await plainImage('#0000ff'))
    .composite([{ input: left, left: 0, top: 0 }])
    .png()
    .toBuffer();
}

async function photos(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFiles(folder, {
    'cats/a.png': await plainImage('#102030'),
    'cats/b.png': 'not an image',
    'dogs/c.png': await twoColors(),
  });
  return folder;
}

describe('graft augment preview', () => {
  it('writes originals at the left and views beside them, the same for the same seed', async () => {
    const folder = await photos();
    const out = join(folder, 'sheet.png');
    const flags = [
      '--augment',
      'verticalFlip,flip',
      '--views',
      '5',
      '--size',
      '8',
      '--seed',
      '3',
      '--out',
      out,
    ];
    await preview(join(folder, 'dogs'), ...flags);
    expect(printed).toBe(
      `${out}\n1 image, 5 views of each, seed 3: flip left to right, flip upside down, edges nearest\n`,
    );
    const { data, info } = await sharp(out).raw().toBuffer({ resolveWithObject: true });
    // Gaps of 4, one of 16 after the original.
    expect([info.width, info.height, info.channels]).toEqual([4 + 8 + 16 + 5 * 8 + 4 * 4 + 4, 16, 3]);
    const red = (left: number): boolean => data[(8 * info.width + left) * 3] === 255;
    const blue = (left: number): boolean => data[(8 * info.width + left) * 3 + 2] === 255;
    expect(red(4) && !blue(4)).toBe(true);
    const views = Array.from({ length: 5 }, (_, view) => 28 + view * 12);
    for (const left of views) expect(red(left)).toBe(!blue(left));
    expect(new Set(views.map(red))).toEqual(new Set([true, false]));
    const first = await readFile(out);
    await preview(join(folder, 'dogs'), ...flags, '--overwrite');
    expect(Buffer.compare(await readFile(out), first)).toBe(0);
  });

  it('takes images evenly, and names one that cannot be read', async () => {
    const folder = await photos();
    const out = join(folder, 'sheet.png');
    await preview(folder, '--size', '8', '--out', out, '--augment', 'none');
    expect(printed).toBe(
      `skipped ${join(folder, 'cats/b.png')}: not an image\n${out}\n2 images, 6 views of each, seed 1: none\n`,
    );
    expect((await sharp(out).metadata()).height).toBe(4 + 2 * 12);
    printed = '';
    await expect(preview(folder, '--out', out, '--overwrite', '--images', '1')).rejects.toThrow(
      withMessage(
        `image "${join(folder, 'cats/b.png')}": expected an image, received not an image. ` +
          'Give a JPEG, PNG, WebP, GIF, TIFF or AVIF file.',
      ),
    );
    expect(printed).toBe(`skipped ${join(folder, 'cats/b.png')}: not an image\n`);
  });

  it('refuses a folder without images', async () => {
    const folder = await temporaryFolder();
    const advice =
      'Give a folder with JPEG, PNG, WebP, GIF, TIFF or AVIF images in it, or in folders below it.';
    await expect(preview(folder)).rejects.toThrow(
      withMessage(`folder "${folder}": expected images, received no images in this folder. ${advice}`),
    );
    await expect(preview(join(folder, 'no'))).rejects.toThrow(
      withMessage(`folder "${join(folder, 'no')}": expected images, received file not found. ${advice}`),
    );
  });

  it.each([
    [['--size', '1e9'], '1 x 7 images of 1000000000 px'],
    [['--views', '1000000000'], '1 x 1000000001 images of 150 px'],
  ])('refuses a sheet that is too large: %j', async (flags, received) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.png'), await plainImage('#102030'));
    await expect(preview(folder, '--out', join(folder, 'sheet.png'), ...flags)).rejects.toThrow(
      withMessage(
        `graft augment preview: expected a sheet of at most 100 megapixels, received ${received}. Give a smaller --size, or fewer --views or --images.`,
      ),
    );
  });

  it('refuses another format, before it looks at images', async () => {
    await expect(preview('no', '--out', 'sheet.jpg')).rejects.toThrow(
      withMessage(
        'graft augment preview: expected --out with a name that ends in .png, received "sheet.jpg". The sheet is a PNG file.',
      ),
    );
  });

  it('takes one image too', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'a.png');
    await writeFile(file, await plainImage('#102030'));
    await preview(file, '--out', join(folder, 'sheet.png'), '--views', '1', '--size', '8');
    expect(printed).toContain('1 image, 1 view of each, seed 1: rotation up to 40 degrees');
  });
});
