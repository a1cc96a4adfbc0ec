import { readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { quarantineBeside, quarantineFiles, restoreQuarantine } from './quarantine.ts';

async function contentsOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = files.toSorted().map(async (file) => [relative(folder, file), await readFile(file, 'utf8')]);
  return Object.fromEntries(await Promise.all(pairs)) as Record<string, string>;
}

async function dataFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const root = join(await temporaryFolder(), 'photos');
  await writeFiles(root, files);
  return root;
}

const FILES = { 'cats/1.jpg': 'one', 'cats/2.jpg': 'two', 'dogs/1.jpg': 'three' };

describe('a quarantine', () => {
  it('takes files under their paths and gives them back, and is gone then', async () => {
    const root = await dataFolder(FILES);
    const folder = quarantineBeside(root);
    const suspects = [{ file: 'cats/1.jpg' }, { file: 'dogs/1.jpg' }];
    expect(await quarantineFiles(root, suspects)).toEqual({
      folder,
      moved: ['cats/1.jpg', 'dogs/1.jpg'],
      left: [],
    });
    expect(await contentsOf(root)).toEqual({ 'cats/2.jpg': 'two' });
    expect(await contentsOf(folder)).toMatchObject({ 'cats/1.jpg': 'one', 'dogs/1.jpg': 'three' });
    expect(await restoreQuarantine(root)).toEqual({
      folder,
      moved: ['cats/1.jpg', 'dogs/1.jpg'],
      left: [],
    });
    expect(await contentsOf(join(root, '..'))).toEqual(
      Object.fromEntries(Object.entries(FILES).map(([name, text]) => [`photos/${name}`, text])),
    );
    expect(await readdir(join(root, '..'))).toEqual(['photos']);
  });

  it('leaves what is not there, lies elsewhere, is a folder, or was changed', async () => {
    const root = await dataFolder(FILES);
    await writeFile(join(root, '../beside.jpg'), 'precious');
    const { moved, left } = await quarantineFiles(root, [
      { file: 'cats/9.jpg' },
      { file: '../beside.jpg' },
      { file: join(root, 'cats/2.jpg') },
      { file: 'cats' },
      { file: 'cats/1.jpg', sha256: '0'.repeat(64) },
      { file: 'dogs/1.jpg', sha256: '8b5b9db0c13db24256c829aa364aa90c6d2eba318b9232a4ab9313b954d3555f' },
    ]);
    expect(moved).toEqual(['dogs/1.jpg']);
    expect(left.map(({ reason }) => reason)).toEqual([
      'not there',
      'not below the folder of the data',
      'not below the folder of the data',
      'no file',
      'changed since the check',
    ]);
    expect(await readFile(join(root, '../beside.jpg'), 'utf8')).toBe('precious');
  });

  it('leaves no folder where nothing was moved, but one that was there before', async () => {
    const root = await dataFolder(FILES);
    await quarantineFiles(root, [{ file: 'cats/9.jpg' }]);
    expect(await readdir(join(root, '..'))).toEqual(['photos']);
    const own = await temporaryFolder();
    await quarantineFiles(root, [{ file: 'cats/9.jpg' }], own);
    expect(await readdir(own)).toEqual([]);
  });

  it('names what somebody took out of it', async () => {
    const root = await dataFolder(FILES);
    await quarantineFiles(root, [{ file: 'cats/1.jpg' }, { file: 'cats/2.jpg' }]);
    await rename(join(quarantineBeside(root), 'cats/1.jpg'), join(quarantineBeside(root), 'other.jpg'));
    expect(await restoreQuarantine(root)).toMatchObject({
      moved: ['cats/2.jpg'],
      left: [{ file: 'cats/1.jpg', reason: 'not there' }],
    });
    expect(await readdir(quarantineBeside(root))).toContain('graft-quarantine.jsonl');
  });

  it('overwrites nothing, neither aside nor at home', async () => {
    const root = await dataFolder(FILES);
    await quarantineFiles(root, [{ file: 'cats/1.jpg' }]);
    await writeFiles(root, { 'cats/1.jpg': 'new one' });
    await quarantineFiles(root, [{ file: 'cats/1.jpg' }]);
    expect(await contentsOf(quarantineBeside(root))).toMatchObject({
      'cats/1.jpg': 'one',
      'cats/1 (2).jpg': 'new one',
    });
    expect(await restoreQuarantine(root)).toMatchObject({
      moved: ['cats/1.jpg'],
      left: [{ file: 'cats/1.jpg', reason: 'its name is taken there' }],
    });
    expect(await contentsOf(root)).toMatchObject({ 'cats/1.jpg': 'new one' });
    expect(await contentsOf(quarantineBeside(root))).toMatchObject({ 'cats/1.jpg': 'one' });
  });

  it('is found beside data that were moved together with it', async () => {
    const root = await dataFolder(FILES);
    await quarantineFiles(root, [{ file: 'cats/1.jpg' }]);
    const elsewhere = join(await temporaryFolder(), 'photos');
    await rename(root, elsewhere);
    await rename(quarantineBeside(root), quarantineBeside(elsewhere));
    expect((await restoreQuarantine(elsewhere)).moved).toEqual(['cats/1.jpg']);
    expect(await contentsOf(elsewhere)).toEqual(FILES);
  });

  it('heals what a kill left behind: two names of a file, a journal that is ahead or cut off', async () => {
    const root = await dataFolder(FILES);
    const folder = quarantineBeside(root);
    await writeFiles(folder, {
      'graft-quarantine.jsonl':
        '{"graftQuarantine":1,"data":"../photos"}\n{"file":"cats/1.jpg","to":"cats/1.jpg"}\n{"file":"cats/2.jpg","to":"cats/2.jpg"}\n{"file":"dogs/1.j',
    });
    const { link, mkdir } = await import('node:fs/promises');
    await mkdir(join(folder, 'cats'));
    await link(join(root, 'cats/1.jpg'), join(folder, 'cats/1.jpg'));
    expect(await quarantineFiles(root, [{ file: 'cats/1.jpg' }, { file: 'dogs/1.jpg' }])).toMatchObject({
      moved: ['cats/1.jpg', 'dogs/1.jpg'],
      left: [],
    });
    expect(await contentsOf(root)).toEqual({ 'cats/2.jpg': 'two' });
    // Once more: there is nothing left to do, and nothing to complain about.
    expect(await quarantineFiles(root, [{ file: 'cats/1.jpg' }])).toMatchObject({ moved: [], left: [] });
    expect(await restoreQuarantine(root)).toMatchObject({ moved: ['cats/1.jpg', 'dogs/1.jpg'], left: [] });
    expect(await contentsOf(root)).toEqual(FILES);
    expect(await readdir(join(root, '..'))).toEqual(['photos']);
  });

  it("moves nothing of elsewhere where a stranger's journal says so", async () => {
    const root = await dataFolder(FILES);
    const folder = quarantineBeside(root);
    const outside = join(root, '..');
    await writeFiles(outside, { 'secret.txt': 'precious', 'far/key': 'precious' });
    const moves = [
      { file: 'cats/secret.txt', to: '../secret.txt' },
      { file: '../planted.txt', to: 'evil.txt' },
      { file: 'cats/key', to: 'link/key' },
      { file: 'cats/..', to: 'evil.txt' },
    ];
    await writeFiles(folder, {
      'evil.txt': 'evil',
      'graft-quarantine.jsonl': `{"graftQuarantine":1,"data":"../photos"}\n${moves.map((move) => JSON.stringify(move)).join('\n')}\n`,
    });
    await symlink('../far', join(folder, 'link'));
    const before = await contentsOf(outside);
    expect(await restoreQuarantine(root)).toEqual({
      folder,
      moved: [],
      left: moves.map(({ file }) => ({ file, reason: 'not below the folder of the data' })).toReversed(),
    });
    await quarantineFiles(root, [{ file: 'cats/secret.txt' }]);
    expect(await contentsOf(outside)).toEqual(before);
  });

  it('moves a link as a link', async () => {
    const root = await dataFolder(FILES);
    await symlink(join(root, 'cats/1.jpg'), join(root, 'dogs/link.jpg'));
    expect((await quarantineFiles(root, [{ file: 'dogs/link.jpg' }])).moved).toEqual(['dogs/link.jpg']);
    expect(await contentsOf(root)).toEqual(FILES);
  });

  it("refuses a folder that is somebody else's, and one that is not there", async () => {
    const root = await dataFolder(FILES);
    const folder = quarantineBeside(root);
    await expect(restoreQuarantine(root)).rejects.toThrow(
      'quarantine "photos-quarantine": expected a folder that graft check made, received none. Nothing is to be brought back, or it lies elsewhere: --quarantine DIR.',
    );
    await writeFiles(folder, { 'diary.txt': 'precious' });
    await expect(quarantineFiles(root, [{ file: 'cats/1.jpg' }])).rejects.toThrow(
      `quarantine "${folder}": expected no folder yet, an empty one, or one that graft check made, received a folder with "diary.txt". Choose another with --quarantine DIR.`,
    );
    expect(await contentsOf(root)).toEqual(FILES);
  });
});
