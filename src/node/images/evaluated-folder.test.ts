import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { type PartName, scanEvaluatedFolder } from './evaluated-folder.ts';

async function scan(files: readonly string[], classes: readonly string[], part?: PartName) {
  const folder = await temporaryFolder();
  await writeFiles(folder, files);
  const scanned = scanEvaluatedFolder(folder, classes, part);
  return { folder, scanned };
}

const ALL = ['train/a/1.jpg', 'train/b/2.jpg', 'val/a/3.jpg', 'val/b/4.jpg', 'test/a/5.jpg', 'test/b/6.jpg'];

describe('the images to evaluate a model by', () => {
  it.each([
    [ALL, undefined, 'test', 2],
    [ALL.slice(0, 4), undefined, 'validation', 2],
    [ALL.slice(0, 2), undefined, 'train', 2],
    [ALL.slice(4), undefined, 'test', 2],
    [ALL.slice(2, 4), undefined, 'validation', 2],
    [ALL, 'validation', 'validation', 2],
    [ALL, 'train', 'train', 2],
    [['a/1.jpg', 'b/2.jpg', 'b/3.jpg'], undefined, undefined, 3],
    [['test/1.jpg', 'b/2.jpg'], undefined, undefined, 2],
  ] as const)('of %j, with %s asked for, are %s', async (files, asked, part, count) => {
    const names = files[0] === 'test/1.jpg' ? ['b', 'test'] : ['a', 'b'];
    const { scanned } = await scan(files, names, asked);
    const { samples, part: taken } = await scanned;
    expect(taken).toBe(part);
    expect(samples).toHaveLength(count);
  });

  it('have the labels of the classes that are known, and those that are missing are said', async () => {
    const { scanned } = await scan(['test/b/1.jpg'], ['a', 'b']);
    const { samples, warnings } = await scanned;
    expect(samples.map(({ label }) => label)).toEqual([1]);
    expect(warnings).toEqual(['The folder "test" has no images of "a".']);
    const whole = await (await scan(['b/1.jpg', 'c/1.jpg'], ['a', 'b', 'c'])).scanned;
    expect(whole.warnings).toEqual(['There are no images of "a".']);
  });

  it('are of a class, where a class is called as a part', async () => {
    const { scanned } = await scan(['test/tubes/1.jpg', 'train/2.jpg'], ['test', 'train']);
    const { samples, part } = await scanned;
    expect(part).toBeUndefined();
    expect(samples.map(({ label }) => label)).toEqual([0, 1]);
  });

  it('are refused where the part is not there, or has a class that is not known', async () => {
    const lacking = await scan(ALL.slice(0, 4), ['a', 'b'], 'test');
    await expect(lacking.scanned).rejects.toThrow(
      withMessage(
        `image folder "${lacking.folder}": expected a folder "test" with class folders, for --split test, received "train", "val". Choose one of these.`,
      ),
    );
    const flat = await scan(['a/1.jpg', 'b/2.jpg'], ['a', 'b'], 'validation');
    await expect(flat.scanned).rejects.toThrow(
      withMessage(
        `image folder "${flat.folder}": expected a folder "val" with class folders, for --split val, received none of train, val and test. Leave out --split: all images are taken.`,
      ),
    );
    const strange = await scan(['test/a/1.jpg', 'test/x/2.jpg'], ['a', 'b']);
    await expect(strange.scanned).rejects.toThrow(
      withMessage(
        `image folder "${strange.folder}": expected the classes of "test" to be among "a", "b", received "x". Rename the folder as in training (upper and lower case count), or remove it.`,
      ),
    );
  });
});
