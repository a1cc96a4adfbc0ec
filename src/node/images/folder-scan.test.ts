import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { plainImage, temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { needs } from '../../../tests/support/needs.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import type { GraftError } from '../../core/errors/graft-error.ts';
import { requireEveryClass } from '../../core/examples/require-every-class.ts';
import type { Sample } from '../../core/examples/sample.ts';
import { markRunFolder } from '../files/run-mark.ts';
import { scanFolder } from './folder-scan.ts';

/** `label:relative/path` of each sample. */
function names(root: string, samples: readonly Sample[] | undefined): string[] | undefined {
  return samples?.map(({ file, label }) => `${label}:${relative(root, file).replaceAll('\\', '/')}`);
}

async function failure(work: Promise<unknown>): Promise<Pick<GraftError, 'code' | 'message'>> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason as GraftError,
  );
  if (!error) throw new Error('no error was thrown');
  return { code: error.code, message: error.message };
}

describe('scanFolder', () => {
  it('reads one class a folder, both in natural order, images at any depth', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, [
      'class10/a.png',
      'class2/img10.jpg',
      'class2/img2.jpg',
      'class2/b/c/deep.webp',
      'class1/x.gif',
    ]);
    const scan = await scanFolder(root);
    expect(scan.classes).toEqual(['class1', 'class2', 'class10']);
    expect(names(root, scan.train)).toEqual([
      '0:class1/x.gif',
      '1:class2/b/c/deep.webp',
      '1:class2/img2.jpg',
      '1:class2/img10.jpg',
      '2:class10/a.png',
    ]);
    expect(scan.validation).toBeUndefined();
    expect(scan.test).toBeUndefined();
    expect(scan.skipped).toEqual([]);
    expect(scan.warnings).toEqual([]);
  });

  it('takes images by extension in any case, and says what else it leaves out', async () => {
    const root = await temporaryFolder();
    const extensions = ['jpg', 'JPEG', 'jpe', 'JFIF', 'Png', 'webp', 'gif', 'tif', 'TIFF', 'avif'];
    await writeFiles(root, [
      ...extensions.map((extension) => `a/x.${extension}`),
      'a/notes.txt',
      'a/jpg',
      'b/y.jpg',
    ]);
    const scan = await scanFolder(root);
    expect(scan.train.filter(({ label }) => label === 0)).toHaveLength(extensions.length);
    expect(scan.skipped).toEqual([]);
    expect(scan.warnings).toEqual([
      '2 files that are not images are left out: 1 without an ending, 1 .txt; the first is "jpg".',
    ]);
  });

  it('takes what its bytes tell to be an image, without an ending or with another one', async () => {
    const root = await temporaryFolder();
    const png = await plainImage('#f00');
    await writeFiles(root, {
      'a/0001': png,
      'a/0002.large': await sharp(png).webp().toBuffer(),
      'a/wrongly.heic': await sharp(png).jpeg().toBuffer(),
      'a/photo.nef': await sharp(png).tiff().toBuffer(),
      'a/drawing': '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'a/empty': '',
      'a/paper': '%PDF-1.7',
      'b/y.jpg': png,
    });
    const scan = await scanFolder(root);
    expect(names(root, scan.train)).toEqual(['0:a/0001', '0:a/0002.large', '0:a/wrongly.heic', '1:b/y.jpg']);
    expect(scan.skipped).toEqual([
      { file: join(root, 'a/drawing'), reason: 'an SVG file' },
      { file: join(root, 'a/photo.nef'), reason: "a camera's raw file" },
    ]);
    expect(scan.warnings).toEqual([
      '2 files that are not images are left out: 2 without an ending; the first is "empty".',
    ]);
  });

  it('passes over hidden and system files and folders', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, [
      '.git/x.jpg',
      '__MACOSX/cats/._1.jpg',
      '@eaDir/x.jpg',
      'cats/1.jpg',
      'cats/._1.jpg',
    ]);
    await writeFiles(root, [
      'cats/.DS_Store',
      'cats/Thumbs.db',
      'cats/desktop.ini',
      'cats/@eaDir/1.jpg',
      'dogs/1.jpg',
    ]);
    const scan = await scanFolder(root);
    expect(scan.classes).toEqual(['cats', 'dogs']);
    expect(names(root, scan.train)).toEqual(['0:cats/1.jpg', '1:dogs/1.jpg']);
    expect(scan.skipped).toEqual([]);
  });

  it('names images of formats that are not supported, and images in no class folder', async () => {
    const root = await temporaryFolder();
    const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    await writeFiles(root, { 'cats/phone.HEIC': heic, 'dogs/2': heic });
    await writeFiles(root, ['cats/1.jpg', 'dogs/1.jpg', 'stray.jpg']);
    const scan = await scanFolder(root);
    expect(scan.skipped).toEqual([
      { file: join(root, 'cats/phone.HEIC'), reason: 'a HEIC file' },
      { file: join(root, 'dogs/2'), reason: 'a HEIC file' },
    ]);
    expect(scan.warnings).toEqual([
      '1 image in no class folder is not used, the first "stray.jpg".',
      '2 HEIC files cannot be read here. Convert it: heif-convert photo.heic photo.jpg (libheif), or on a Mac sips -s format jpeg photo.heic --out photo.jpg.',
    ]);
  });

  it.each([
    ['train', 'val', 'test'],
    ['Train', 'Validation', 'TEST'],
    ['training', 'valid', 'Test'],
  ])('recognizes %s, %s and %s', async (train, validation, test) => {
    const root = await temporaryFolder();
    await writeFiles(root, [
      `${train}/a/1.jpg`,
      `${train}/b/2.jpg`,
      `${validation}/a/3.jpg`,
      `${validation}/b/4.jpg`,
    ]);
    await writeFiles(root, [`${test}/b/5.jpg`, `${test}/a/6.jpg`]);
    const scan = await scanFolder(root);
    expect(scan.classes).toEqual(['a', 'b']);
    expect(names(root, scan.train)).toEqual([`0:${train}/a/1.jpg`, `1:${train}/b/2.jpg`]);
    expect(names(root, scan.validation)).toEqual([`0:${validation}/a/3.jpg`, `1:${validation}/b/4.jpg`]);
    expect(names(root, scan.test)).toEqual([`0:${test}/a/6.jpg`, `1:${test}/b/5.jpg`]);
  });

  it('takes "train" and "test" for classes if they hold images and no folders', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['train/loco.jpg', 'test/tube.jpg', 'plane/1.jpg']);
    const scan = await scanFolder(root);
    expect(scan.classes).toEqual(['plane', 'test', 'train']);
    expect(scan.validation).toBeUndefined();
  });

  it('leaves the split open if there is only a training folder, and names the folders that it ignores', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['train/a/1.jpg', 'train/b/2.jpg', 'rejected/x.jpg', 'val/loose.jpg']);
    const scan = await scanFolder(root);
    expect(scan.validation).toBeUndefined();
    expect(scan.warnings).toEqual([
      'The folder "rejected" is not used: images are taken from "train".',
      'The folder "val" is not used: images are taken from "train".',
    ]);
  });

  it('keeps the labels of training where the validation folder lacks a class, and warns', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['train/a/1.jpg', 'train/b/2.jpg', 'train/c/3.jpg', 'val/c/4.jpg', 'val/a/5.jpg']);
    await mkdir(join(root, 'val/b'));
    const scan = await scanFolder(root);
    expect(names(root, scan.validation)).toEqual(['0:val/a/5.jpg', '2:val/c/4.jpg']);
    expect(scan.warnings).toEqual(['The folder "val" has no images of "b".']);
  });

  it('follows links to files, folders and class folders', async () => {
    const root = await temporaryFolder();
    const elsewhere = await temporaryFolder();
    await writeFiles(elsewhere, ['dogs/1.jpg', 'more/2.jpg', 'one.jpg']);
    await writeFiles(root, ['cats/0.jpg']);
    await symlink(join(elsewhere, 'dogs'), join(root, 'dogs'));
    await symlink(join(elsewhere, 'more'), join(root, 'cats/more'));
    await symlink(join(elsewhere, 'one.jpg'), join(root, 'cats/linked.jpg'));
    const scan = await scanFolder(root);
    expect(names(root, scan.train)).toEqual([
      '0:cats/0.jpg',
      '0:cats/linked.jpg',
      '0:cats/more/2.jpg',
      '1:dogs/1.jpg',
    ]);
  });

  it('follows every one of many links, in natural order with the files beside them', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['cats/300.jpg', 'cats/1000.jpg', 'dogs/1.jpg']);
    const numbers = Array.from({ length: 600 }, (_, i) => 2 * i);
    const isBroken = (number: number) => number % 4 === 2;
    for (const number of numbers.filter((some) => some !== 300 && some !== 1000)) {
      await symlink(isBroken(number) ? '../gone.jpg' : '../dogs/1.jpg', join(root, `cats/${number}.jpg`));
    }
    const scan = await scanFolder(root);
    const whole = numbers.filter((number) => !isBroken(number));
    expect(names(root, scan.train)).toEqual([
      ...whole.map((number) => `0:cats/${number}.jpg`),
      '1:dogs/1.jpg',
    ]);
    expect(scan.skipped).toEqual(
      numbers
        .filter(isBroken)
        .map((number) => ({ file: join(root, `cats/${number}.jpg`), reason: 'broken link' })),
    );
  });

  it('ends at links that lead back up, and takes each image once', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['cats/deep/1.jpg', 'dogs/1.jpg']);
    await symlink(join(root, 'cats'), join(root, 'cats/deep/again'));
    await symlink('.', join(root, 'dogs/self'));
    const scan = await scanFolder(root);
    expect(names(root, scan.train)).toEqual(['0:cats/deep/1.jpg', '1:dogs/1.jpg']);
  });

  it('names broken links and links to themselves', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['cats/1.jpg', 'dogs/1.jpg']);
    await symlink(join(root, 'gone.jpg'), join(root, 'cats/gone.jpg'));
    await symlink(join(root, 'dogs/loop.jpg'), join(root, 'dogs/loop.jpg'));
    await symlink(join(root, 'nowhere'), join(root, 'birds'));
    const scan = await scanFolder(root);
    expect(scan.classes).toEqual(['cats', 'dogs']);
    expect(scan.skipped).toEqual([
      { file: join(root, 'birds'), reason: 'broken link' },
      { file: join(root, 'cats/gone.jpg'), reason: 'broken link' },
      { file: join(root, 'dogs/loop.jpg'), reason: 'broken link' },
    ]);
  });

  it('names folders that it may not open', needs.notRoot, async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['cats/1.jpg', 'cats/locked/2.jpg', 'dogs/1.jpg']);
    await chmod(join(root, 'cats/locked'), 0);
    const scan = await scanFolder(root);
    await chmod(join(root, 'cats/locked'), 0o700);
    expect(scan.skipped).toEqual([{ file: join(root, 'cats/locked'), reason: 'folder cannot be opened' }]);
  });

  it('refuses what does not exist', async () => {
    const root = await temporaryFolder();
    const dir = join(root, 'photos');
    expect(await failure(scanFolder(dir))).toEqual({
      code: 'file-not-found',
      message: `image folder "${dir}": expected a folder with one folder for each class, received no such folder. Check the path.`,
    });
  });

  it('refuses a file', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['cat.jpg']);
    const dir = join(root, 'cat.jpg');
    expect(await failure(scanFolder(dir))).toEqual({
      code: 'dataset',
      message: `image folder "${dir}": expected a folder with one folder for each class, received a file. Give the folder that holds the class folders.`,
    });
  });

  it('refuses an empty folder', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['.DS_Store']);
    expect(await failure(scanFolder(root))).toEqual({
      code: 'dataset',
      message: `image folder "${root}": expected one folder for each class, received an empty folder. Put each class in its own folder.`,
    });
  });

  it.each([
    [['cats/1.jpg'], '2 class folders, received 1 ("cats")'],
    [['1.jpg', '2.png'], '2 class folders, received none, and 2 images in no folder'],
    [['readme.txt'], '2 class folders, received none'],
    [['train/cats/1.jpg', 'val/cats/2.jpg'], '2 class folders in "train", received 1 ("cats")'],
  ])('refuses fewer than two classes: %j', async (files, said) => {
    const root = await temporaryFolder();
    await writeFiles(root, files);
    expect(await failure(scanFolder(root))).toEqual({
      code: 'dataset',
      message: `image folder "${root}": expected at least ${said}. Put each class in its own folder.`,
    });
  });

  it('refuses a class without images', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['cats/1.jpg', 'dogs/1.jpg', 'birds/list.txt']);
    await mkdir(join(root, 'fish'));
    expect(await failure(scanFolder(root))).toEqual({
      code: 'dataset',
      message: `image folder "${root}": expected at least 1 readable image in every class, received none in "birds", "fish". Put images (jpg, png, webp, gif, tiff or avif) into the folder, or remove it.`,
    });
  });

  it('refuses classes whose names differ only in case', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['Cats/1.jpg', 'cats/1.jpg', 'dogs/1.jpg']);
    // A file system that does not tell the two apart cannot have the fault.
    const message = (await failure(scanFolder(root)).catch(() => undefined))?.message;
    if (process.platform === 'linux' || message !== undefined) {
      expect(message).toBe(
        `image folder "${root}": expected class names that differ in more than upper and lower case, received "cats", "Cats". Put the images of one class into one folder.`,
      );
    }
  });

  const NFC = 'K\u00e4se';
  const NFD = 'Ka\u0308se';

  it('makes one class of folders whose names have two Unicode forms, and says so', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, [`${NFC}/1.jpg`, `${NFD}/2.jpg`, 'Wurst/3.jpg']);
    const scan = await scanFolder(root);
    // A file system that makes one folder of the two has nothing to tell.
    if (process.platform !== 'linux') return;
    expect(scan.classes).toEqual([NFC, 'Wurst']);
    expect(scan.train.map(({ label }) => label)).toEqual([0, 0, 1]);
    expect(scan.warnings).toEqual([
      `There are several folders of the name "${NFC}", written with composed and with decomposed characters (Unicode NFC and NFD): they are one class.`,
    ]);
  });

  it.each([
    [NFC, NFD],
    [NFD, NFC],
  ])('finds the class of a validation folder in the other Unicode form', async (trained, validated) => {
    const root = await temporaryFolder();
    await writeFiles(root, [
      `train/${trained}/1.jpg`,
      'train/Wurst/2.jpg',
      `val/${validated}/3.jpg`,
      'val/Wurst/4.jpg',
    ]);
    const scan = await scanFolder(root);
    expect(scan.classes).toEqual([NFC, 'Wurst']);
    expect(scan.validation?.map(({ label }) => label)).toEqual([0, 1]);
    expect(scan.warnings).toEqual([]);
  });

  it.each([
    ['ants ', 'blanks', 'ants '],
    // What cannot be seen is written out in messages.
    ['ants\u200b', 'characters that cannot be seen', 'ants\\u200b'],
  ])('refuses the classes "ants" and %j, and tells what differs', async (int8Model, difference, shown) => {
    const root = await temporaryFolder();
    await writeFiles(root, ['ants/1.jpg', `${int8Model}/2.jpg`, 'bees/3.jpg']);
    expect(await failure(scanFolder(root))).toEqual({
      code: 'dataset',
      message: `image folder "${root}": expected class names that differ in more than ${difference}, received "ants", "${shown}". Put the images of one class into one folder.`,
    });
  });

  it('tells in what a class of the validation folder differs from the trained one', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['train/ants/1.jpg', 'train/bees/2.jpg', 'val/ants /3.jpg']);
    expect(await failure(scanFolder(root))).toEqual({
      code: 'dataset',
      message: `image folder "${root}": expected the classes of "val" to be among "ants", "bees", received "ants ". "ants " differs from "ants" in blanks: rename the folder as in training.`,
    });
  });

  it.each([
    ['val', ['val/a/3.jpg', 'val/zebras/4.jpg', 'val/c/1.jpg'], '"c", "zebras"'],
    ['test', ['val/a/3.jpg', 'test/x/4.jpg'], '"x"'],
  ])('refuses a class in %s that is not trained', async (part, files, unknown) => {
    const root = await temporaryFolder();
    await writeFiles(root, ['train/a/1.jpg', 'train/b/2.jpg', ...files]);
    expect(await failure(scanFolder(root))).toEqual({
      code: 'dataset',
      message: `image folder "${root}": expected the classes of "${part}" to be among "a", "b", received ${unknown}. Rename the folder as in training (upper and lower case count), or remove it.`,
    });
  });

  it('refuses a validation folder whose class folders are empty', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['train/a/1.jpg', 'train/b/2.jpg']);
    await mkdir(join(root, 'val/a'), { recursive: true });
    expect(await failure(scanFolder(root))).toEqual({
      code: 'dataset',
      message: `image folder "${root}": expected images in the class folders of "val", received none. Put images there, or remove the folder.`,
    });
  });
});

describe('requireEveryClass', () => {
  it('accepts one sample a class, and names the classes that lost all theirs', () => {
    const check = {
      where: 'image folder "d"',
      classes: ['a', 'b'],
      labels: [0, 0],
    };
    expect(() => requireEveryClass({ ...check, labels: Uint16Array.of(0, 1) })).not.toThrow();
    const unreadable = [
      { file: '/d/b/1.jpg', reason: 'empty file' },
      { file: '/d/b/2.jpg', reason: 'truncated' },
    ];
    expect(() => requireEveryClass({ ...check, unreadable })).toThrow(
      withMessage(
        'image folder "d": expected at least 1 readable image in every class, received none in "b". 2 files could not be used, the first "1.jpg" (empty file); put images into the folder, or remove it.',
      ),
    );
  });
});

describe('runs of Graft among the images', () => {
  const CATS_AND_DOGS = ['cats/a.jpg', 'dogs/b.jpg'];
  const unused = (name: string): string =>
    `The folder "${name}" is no class: it holds runs of Graft, and no images.`;

  it('are no class, by their mark: where they lie, and below', async () => {
    const root = await temporaryFolder();
    const runs = ['graft-runs/photos-1', 'graft-runs/photos-2', 'run', 'deep/er/run'];
    await writeFiles(root, [...CATS_AND_DOGS, ...runs.map((run) => `${run}/model.onnx`)]);
    await writeFiles(root, ['graft-runs/notes.md', 'run/tfjs/model.json', 'run/tfjs/group1-shard1of1.bin']);
    for (const run of runs) await markRunFolder(join(root, run), true);
    const scan = await scanFolder(root);
    expect([scan.classes, scan.warnings]).toEqual([
      ['cats', 'dogs'],
      [unused('deep'), unused('graft-runs'), unused('run')],
    ]);
  });

  it('that are only beginning are known by their lock', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, CATS_AND_DOGS);
    await writeFiles(root, { 'run/.graft-running': '{"host":"a","pid":1,"token":"t"}\n' });
    expect((await scanFolder(root)).classes).toEqual(['cats', 'dogs']);
  });

  it('are none by their name alone, and none where there are images', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, [...CATS_AND_DOGS, 'graft-runs/photos-1/recipe.json']);
    await writeFiles(root, { 'graft-runs/.graft-run': 'a mark of somebody else' });
    expect((await failure(scanFolder(root))).message).toContain('none in "graft-runs"');
    // A run was told to write into a class folder, or images were put into a run's.
    const other = await temporaryFolder();
    await writeFiles(other, [...CATS_AND_DOGS, 'birds/run/c.png', 'birds/model.onnx', 'fish/deep/d']);
    for (const name of ['cats', 'birds', 'fish/deep']) await markRunFolder(join(other, name), false);
    await writeFiles(other, ['fish/e.gif']);
    expect((await scanFolder(other)).classes).toEqual(['birds', 'cats', 'dogs', 'fish']);
  });

  it('are none of the classes of a part either', async () => {
    const root = await temporaryFolder();
    const parts = ['train', 'val'].flatMap((part) => CATS_AND_DOGS.map((file) => `${part}/${file}`));
    await writeFiles(root, [...parts, 'train/graft-runs/a/model.onnx', 'test/tfjs/model.json']);
    for (const run of ['train/graft-runs/a', 'test']) await markRunFolder(join(root, run), true);
    const scan = await scanFolder(root);
    expect([scan.classes, scan.validation?.length, scan.test]).toEqual([['cats', 'dogs'], 2, undefined]);
  });
});
