import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { listImages } from './image-list.ts';

describe('listImages', () => {
  it('takes files as they are and the images of folders in natural order', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['b/10.jpg', 'b/9.jpg', 'b/sub/1.png', 'b/notes.txt', 'a', 'z.jpg']);
    const at = (name: string): string => join(root, name);
    expect(await listImages([at('z.jpg'), at('b'), at('a')])).toEqual([
      { file: at('z.jpg') },
      { file: at('b/9.jpg') },
      { file: at('b/10.jpg') },
      { file: at('b/sub/1.png') },
      { file: at('a') },
    ]);
  });

  it('names paths that lead to no image, in their place', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, ['a.jpg', 'linked/1.jpg']);
    await mkdir(join(root, 'empty'));
    await symlink(join(root, 'gone'), join(root, 'linked/gone.jpg'));
    const at = (name: string): string => join(root, name);
    expect(await listImages([at('none.jpg'), at('a.jpg'), at('a.jpg/x'), at('empty'), at('linked')])).toEqual(
      [
        { file: at('none.jpg'), error: 'file not found' },
        { file: at('a.jpg') },
        { file: at('a.jpg/x'), error: 'file not found' },
        { file: at('empty'), error: 'no images in this folder' },
        { file: at('linked/1.jpg') },
        { file: at('linked/gone.jpg'), error: 'broken link' },
      ],
    );
  });

  it('keeps relative paths relative', async () => {
    const [entry] = await listImages(['./no-such-image.jpg']);
    expect(entry).toEqual({ file: './no-such-image.jpg', error: 'file not found' });
  });
});
