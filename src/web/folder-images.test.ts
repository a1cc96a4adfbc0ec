import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { type FolderFile, imagesByFolder } from './folder-images.ts';
import { nameImages } from './named-images.ts';

function file(webkitRelativePath: string): FolderFile {
  const name = webkitRelativePath.split('/').at(-1)!;
  return Object.assign(new File(['x'], name), { webkitRelativePath }) as FolderFile;
}

describe('the images of a folder that a person chose', () => {
  it('are told by their class folders, whatever lies beside them', () => {
    const images = imagesByFolder(
      [
        'photos/cat/1.jpg',
        'photos/cat/indoors/2.PNG',
        'photos/dog/1.webp',
        'photos/cat/.DS_Store',
        'photos/.hidden/1.jpg',
        'photos/notes.txt',
        'photos/loose.jpg',
        'photos/__MACOSX/1.jpg',
      ].map(file),
    );
    const paths = Object.entries(images).map(([name, each]) => [
      name,
      [...(each as Iterable<FolderFile>)].map(({ webkitRelativePath }) => webkitRelativePath),
    ]);
    expect(paths).toEqual([
      ['cat', ['photos/cat/1.jpg', 'photos/cat/indoors/2.PNG']],
      ['dog', ['photos/dog/1.webp']],
    ]);
  });

  it('keep in a worker the names that they have in the folder', () => {
    const files = ['photos/cat/a/1.jpg', 'photos/cat/b/1.jpg', 'photos/dog/1.jpg'].map(file);
    const named = nameImages(imagesByFolder(files));
    expect(Object.values(named).map((each) => each.map(({ name }) => name))).toEqual([
      ['a/1.jpg', 'b/1.jpg'],
      ['1.jpg'],
    ]);
  });

  it('are refused where there is no class folder', () => {
    expect(() => imagesByFolder([file('photos/1.jpg'), file('photos/2.jpg')])).toThrow(
      withMessage(
        'chosen folder: expected one folder for each class, with images, received 2 files, and no image in a folder of its class. ' +
          'Choose the folder that holds the class folders.',
      ),
    );
  });
});
