import { symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { gatherCheckedImages } from './gather-checked.ts';

async function gathered(files: readonly string[]) {
  const root = await temporaryFolder();
  await writeFiles(root, files);
  const { samples, sets, ...found } = await gatherCheckedImages(root);
  return {
    ...found,
    images: samples.map(({ file, label }, i) => [
      relative(root, file).replaceAll('\\', '/'),
      found.classNames[label],
      sets[i],
    ]),
  };
}

describe('images that are checked', () => {
  it('are those of all parts, with classes that one part alone has', async () => {
    const { classNames, images } = await gathered(['train/cats/1.jpg', 'val/dogs/2.jpg', 'test/cats/3.jpg']);
    expect(classNames).toEqual(['cats', 'dogs']);
    expect(images).toEqual([
      ['train/cats/1.jpg', 'cats', 'train'],
      ['val/dogs/2.jpg', 'dogs', 'validation'],
      ['test/cats/3.jpg', 'cats', 'test'],
    ]);
  });

  it('may lie in val/ and test/ alone; beside other folders these are classes', async () => {
    expect((await gathered(['val/cats/1.jpg', 'test/cats/2.jpg'])).images.map(([, , set]) => set)).toEqual([
      'validation',
      'test',
    ]);
    const { classNames, images } = await gathered(['test/deep/1.jpg', 'dogs/2.jpg']);
    expect([classNames, images.map(([, , set]) => set)]).toEqual([
      ['dogs', 'test'],
      ['all', 'all'],
    ]);
  });

  it('may be of one class or of none; loose ones beside classes are told', async () => {
    expect((await gathered(['cats/1.jpg'])).classNames).toEqual(['cats']);
    expect(await gathered(['1.jpg', '2.png'])).toMatchObject({ classNames: [], warnings: [] });
    const { images, warnings } = await gathered(['cats/1.jpg', 'dogs/2.jpg', '3.jpg']);
    expect(images).toHaveLength(2);
    expect(warnings).toEqual(['1 image in no class folder is not checked.']);
  });

  it('may be named by a CSV file, and are told from its folder', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['images/1.jpg', 'images/2.jpg']);
    await writeFile(join(root, 'labels.csv'), 'file,label\nimages/1.jpg,cat\nimages/2.jpg,dog\n');
    const found = await gatherCheckedImages(join(root, 'labels.csv'));
    expect(found).toMatchObject({
      root,
      task: 'classification',
      classNames: ['cat', 'dog'],
      sets: ['all', 'all'],
    });
  });

  it('are refused where there are none; broken links are named', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['cats/1.jpg']);
    await symlink(join(root, 'nowhere'), join(root, 'cats/2.jpg'));
    expect((await gatherCheckedImages(root)).skipped).toEqual([
      { file: join(root, 'cats/2.jpg'), reason: 'broken link' },
    ]);
    await expect(gatherCheckedImages(join(root, 'nowhere'))).rejects.toThrow(
      `image folder "${join(root, 'nowhere')}": expected a folder with one folder for each class, received no such folder. Check the path.`,
    );
  });
});
