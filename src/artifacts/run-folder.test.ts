import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saying } from '../../tests/support/saying.ts';
import { claimRunFolder, releaseRunFolder } from './run-folder.ts';

describe('claimRunFolder', () => {
  let folder: string;
  const before = process.cwd();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graft-run-'));
    process.chdir(folder);
  });
  afterEach(async () => {
    process.chdir(before);
    await rm(folder, { recursive: true });
  });

  it('takes the next free number, also when asked many times at once', async () => {
    const claimed = await Promise.all(
      Array.from({ length: 5 }, () => claimRunFolder(undefined, './photos/', false)),
    );
    expect(claimed.toSorted()).toEqual(
      [1, 2, 3, 4, 5].map((number) => join('graft-runs', `photos-${number}`)),
    );
  });

  it('makes the folder that is named, with its parents', async () => {
    expect(await claimRunFolder('a/b', 'photos', false)).toBe('a/b');
    expect(await readdir('a/b')).toEqual([]);
  });

  it('does not overwrite what is there', async () => {
    await mkdir('run');
    await writeFile('run/model.onnx', 'x');
    await expect(claimRunFolder('run', 'photos', false)).rejects.toThrow(
      saying(
        'run folder "run": expected a new or empty folder, received one with 1 file in it. Choose another --out, or give --overwrite.',
      ),
    );
    expect(await claimRunFolder('run', 'photos', true)).toBe('run');
  });

  it('says so when the place is a file', async () => {
    await writeFile('run', 'x');
    await expect(claimRunFolder('run/deeper', 'photos', false)).rejects.toThrow(
      saying(
        'file "run/deeper": expected a place that can be written, received a path that leads through a file. Nothing was written there. Make room or choose another place with --out.',
      ),
    );
  });

  it('is removed again when nothing was put into it, and only then', async () => {
    await claimRunFolder('run', 'photos', false);
    await releaseRunFolder('run');
    expect(await readdir('.')).toEqual([]);
    await claimRunFolder('run', 'photos', false);
    await writeFile('run/model.onnx', 'x');
    await releaseRunFolder('run');
    expect(await readdir('run')).toEqual(['model.onnx']);
  });
});
