import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { unfinishedPath, writeError, writeWhole } from './write-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-write-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeWhole', () => {
  it('writes text and bytes, and leaves nothing beside them', async () => {
    await writeWhole(join(folder, 'a'), 'old');
    await writeWhole(join(folder, 'a'), 'text');
    await writeWhole(join(folder, 'c'), [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)]);
    expect([...(await readFile(join(folder, 'c')))]).toEqual([1, 2, 3]);
    await rm(join(folder, 'c'));
    await writeWhole(join(folder, 'b'), new Uint8Array([9, 1, 2, 3]).subarray(1));
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('text');
    expect([...(await readFile(join(folder, 'b')))]).toEqual([1, 2, 3]);
    expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
  });

  it('leaves a file that is there, where it is not to be replaced', async () => {
    const place = join(folder, 'plot.svg');
    await writeWhole(place, 'first', { replace: false });
    await expect(writeWhole(place, 'second', { replace: false, advice: 'Take another.' })).rejects.toThrow(
      withMessage(
        `file "${place}": expected a name that is free, received one that is there already. Take another.`,
      ),
    );
    await symlink(join(folder, 'nowhere'), join(folder, 'link'));
    await expect(writeWhole(join(folder, 'link'), 'x', { replace: false })).rejects.toThrow(
      'is there already',
    );
    await mkdir(join(folder, 'taken'));
    await expect(writeWhole(join(folder, 'taken'), 'x', { replace: false })).rejects.toThrow(
      'received a folder of that name.',
    );
    expect(await readFile(place, 'utf8')).toBe('first');
    expect((await readdir(folder)).sort()).toEqual(['link', 'plot.svg', 'taken']);
  });

  it('writes through no link that lies where it writes first', async () => {
    const place = join(folder, 'history.csv');
    await writeFile(join(folder, 'precious'), 'precious');
    await symlink(join(folder, 'precious'), unfinishedPath(place));
    await writeWhole(place, 'x');
    expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('precious');
    expect([await readFile(place, 'utf8'), (await lstat(place)).isFile()]).toEqual(['x', true]);
  });

  it('leaves a link that leads to a file that is there, or is not yet', async () => {
    await mkdir(join(folder, 'far'));
    await symlink('far/model', join(folder, 'link'));
    await symlink('link', join(folder, 'model'));
    for (const content of ['first', 'second']) {
      await writeWhole(join(folder, 'model'), content);
      expect(await readFile(join(folder, 'far/model'), 'utf8')).toBe(content);
    }
    expect((await lstat(join(folder, 'model'))).isSymbolicLink()).toBe(true);
    await symlink('round', join(folder, 'round'));
    await expect(writeWhole(join(folder, 'round'), 'x')).rejects.toThrow('round"');
    expect((await lstat(join(folder, 'round'))).isSymbolicLink()).toBe(true);
  });

  it('gives one name to one of many writers', async () => {
    const place = join(folder, 'plot.svg');
    const writers = [1, 2, 3, 4].map((n) =>
      writeWhole(place, String(n), { replace: false }).then(
        () => n,
        () => 0,
      ),
    );
    const [winner, ...others] = (await Promise.all(writers)).filter(Boolean);
    expect([others, await readFile(place, 'utf8'), await readdir(folder)]).toEqual([
      [],
      String(winner),
      ['plot.svg'],
    ]);
  });

  it('replaces what a link leads to', async () => {
    await mkdir(join(folder, 'real'));
    await writeFile(join(folder, 'real/file'), 'old');
    await symlink(join(folder, 'real/file'), join(folder, 'link'));
    await writeWhole(join(folder, 'link'), 'new');
    expect(await readFile(join(folder, 'real/file'), 'utf8')).toBe('new');
  });

  it('leaves nothing behind where it fails', async () => {
    await mkdir(join(folder, 'taken/inside'), { recursive: true });
    await expect(writeWhole(join(folder, 'taken'), 'x')).rejects.toThrow(
      withMessage(
        `file "${join(folder, 'taken')}": expected a place that can be written, received a folder of that name. Nothing was written there. Make room or choose another place with --out.`,
      ),
    );
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

describe('writeError', () => {
  it.each([
    ['ENOSPC', 'a full disk'],
    ['EACCES', 'a place that this user may not write to'],
    ['EROFS', 'a read-only file system'],
    ['EWHAT', 'EWHAT: something new'],
  ])('%s', (code, reason) => {
    expect(writeError('m', Object.assign(new Error(`${code}: something new`), { code })).message).toBe(
      `file "m": expected a place that can be written, received ${reason}. Nothing was written there. Make room or choose another place with --out.`,
    );
  });
});
