import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { FolderProject } from './folder-project.ts';

describe('the content of images', () => {
  it('makes a thumbnail once, also for two who ask at once', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, { 'a/one.png': await drawing('#486'), 'a/two.png': await drawing('#864') });
    const project = await FolderProject.open(root, () => {});
    await project.rescan();
    const { contents, index } = project;
    await contents.hash(index.all);
    const [one, two] = ['a/one.png', 'a/two.png'].map((path) => index.at(path)!.hash!);
    const [first, again, other] = await Promise.all(
      [one!, one!, two!].map((hash) => contents.thumbnail(hash)),
    );
    expect(again).toBe(first);
    expect(await contents.thumbnail(one!)).toBe(first);
    expect(other).not.toEqual(first);
    expect(await sharp(first).metadata()).toMatchObject({ format: 'webp', width: 256, height: 256 });
    await project.close();
  });

  it('gives nothing for a file that is gone, has changed, or is no image', async () => {
    const root = await temporaryFolder();
    const names = ['gone', 'changed', 'text'];
    await writeFiles(root, { 'a/gone.png': await drawing('#486'), 'a/changed.png': await drawing('#864') });
    await writeFiles(root, { 'a/text.png': Buffer.from('<html>') });
    const project = await FolderProject.open(root, () => {});
    await project.rescan();
    const { contents, index } = project;
    await contents.hash(index.all);
    const hashes = names.map((name) => index.at(`a/${name}.png`)?.hash);
    await writeFiles(root, { 'a/changed.png': await drawing('#648') });
    await rm(join(root, 'a/gone.png'));
    const seen = await Promise.all(
      hashes.map(async (hash) => [await contents.read(hash ?? ''), await contents.thumbnail(hash ?? '')]),
    );
    expect(seen.flat()).toEqual(Array.from({ length: 6 }, () => undefined));
    // Looked at again, the changed one is there by its new hash.
    const changed = index.at('a/changed.png')!;
    await contents.hash(index.all);
    expect(changed.hash).not.toBe(hashes[1]);
    expect(await contents.read(changed.hash!)).toBeDefined();
    expect(index.at('a/gone.png')?.hash).toBeNull();
    await project.close();
  });
});

function drawing(background: string, width = 8): Promise<Buffer> {
  return sharp({ create: { width, height: 8, channels: 3, background } })
    .png()
    .toBuffer();
}
