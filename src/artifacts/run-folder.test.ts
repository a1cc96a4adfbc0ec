import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saying } from '../../tests/support/saying.ts';
import { claimRunFolder, releaseRunFolder, requireRoom } from './run-folder.ts';

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
    await releaseRunFolder('a/b');
    expect(await readdir('a')).toEqual([]);
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

  it('is refused while another run uses it, and taken over from one that was killed', async () => {
    await mkdir('run');
    await writeFile('run/.graft-running', String(process.ppid));
    await expect(claimRunFolder('run', 'photos', true)).rejects.toThrow(
      saying(
        `run folder "run": expected a folder of its own for each run, received one that process ${process.ppid} is using. Wait for its end, or choose another --out; if it is no run of Graft's, remove ${join('run', '.graft-running')}.`,
      ),
    );
    await writeFile('run/.graft-running', String(2 ** 30));
    await writeFile('run/.model.onnx.1.unfinished', 'half');
    expect(await claimRunFolder('run', 'photos', false)).toBe('run');
    expect(await readdir('run')).toEqual(['.graft-running']);
    await writeFile('run/.graft-running', '');
    expect(await claimRunFolder('run', 'photos', false)).toBe('run');
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

describe('requireRoom', () => {
  it('lets through what fits, and a place that tells nothing', async () => {
    await expect(requireRoom(tmpdir(), 1000)).resolves.toBeUndefined();
    await expect(requireRoom('/nowhere', 1e6)).resolves.toBeUndefined();
  });

  it('refuses what no .onnx file can hold', async () => {
    await expect(requireRoom(tmpdir(), 600_000_000)).rejects.toThrow(
      saying(
        'model file: expected at most 2.1 GB, which is what an .onnx file can hold, received 600,000,000 parameters x 4 bytes = 2.4 GB. Pool the features (--head gap), use fewer units, a smaller --size, or a later --cut.',
      ),
    );
  });
});
