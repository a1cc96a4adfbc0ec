import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { breakingAfter, type FileServer, fileServer, well } from '../../../tests/support/file-server.ts';
import { plainImage, temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { zipOf } from '../../../tests/support/zip-file.ts';
import { scanFolder } from '../images/folder-scan.ts';
import { type DataSetInfo, dataSetInfos, findDataSet } from './data-set-infos.ts';
import { fetchDataSet } from './data-sets.ts';

const image = await plainImage('#a06030');
const PETS = zipOf([
  { name: 'PetImages/' },
  { name: 'PetImages/Cat/0.png', data: image },
  { name: 'PetImages/Cat/666.png', data: '' },
  { name: 'PetImages/Cat/Thumbs.db', data: 'x' },
  { name: 'PetImages/Dog/0.png', data: image },
  { name: 'PetImages/Dog/11702.png', data: image.subarray(0, 60) },
  { name: 'readme[1].txt', data: 'x' },
]);

function dataSetOn(server: FileServer, zip: Buffer = PETS): DataSetInfo {
  const url = `${server.origin}/pets.zip`;
  const sha256 = createHash('sha256').update(zip).digest('hex');
  const [archive] = findDataSet('cats-vs-dogs').archives;
  return { ...findDataSet('cats-vs-dogs'), archives: [{ ...archive!, url, bytes: zip.length, sha256 }] };
}

describe('fetchDataSet', () => {
  it('lays the images out as class folders, and names the broken ones', async () => {
    const root = await temporaryFolder();
    const server = await fileServer(PETS, breakingAfter(200), well);
    const stages = new Set<string>();
    const options = {
      folder: join(root, 'data', 'pets'),
      env: { GRAFT_HOME: join(root, 'home') },
      pauseMs: 1,
      onStage: (stage: string, done: number): void => {
        stages.add(stage);
        if (stage.startsWith('fetch')) server.reached(done);
      },
    };
    const found = await fetchDataSet(dataSetOn(server), options);
    const expected = {
      name: 'cats-vs-dogs',
      folder: options.folder,
      images: { cats: 2, dogs: 2 },
      broken: [
        { file: 'cats/666.png', reason: 'empty file' },
        { file: 'dogs/11702.png', reason: 'damaged' },
      ],
    };
    expect(found).toEqual({ ...expected, wasThere: false });
    expect([...stages]).toEqual(['fetch pets.zip', 'unpack', 'check']);
    expect(server.requests[1]?.range).toBe('bytes=200-');
    expect((await readdir(join(root, 'data'))).sort()).toEqual(['pets']);
    const scan = await scanFolder(options.folder);
    expect([scan.classes, scan.train.length, scan.skipped]).toEqual([['cats', 'dogs'], 4, []]);

    expect(await fetchDataSet(dataSetOn(server), options)).toEqual({
      ...expected,
      wasThere: true,
    });
    // A note of an earlier version.
    const note = join(options.folder, '.graft-data-set.json');
    await writeFile(note, (await readFile(note, 'utf8')).replace('"images"', '"pictures"'));
    expect(await fetchDataSet(dataSetOn(server), options)).toEqual({ ...expected, wasThere: true });
    expect(server.requests).toHaveLength(2);
  });

  it('keeps the official split', async () => {
    const root = await temporaryFolder();
    const zip = zipOf([
      { name: 'horses/horse01-0.png', data: image },
      { name: 'humans/human01-00.png', data: image },
    ]);
    const server = await fileServer(zip);
    const sha256 = createHash('sha256').update(zip).digest('hex');
    const dataSet = findDataSet('horses-or-humans');
    const archives = dataSet.archives.map((archive, i) => ({
      ...archive,
      url: `${server.origin}/${i}.zip`,
      bytes: zip.length,
      sha256,
    }));
    const folder = join(root, 'h');
    const found = await fetchDataSet({ ...dataSet, archives }, { folder, env: { GRAFT_HOME: root } });
    expect(found.images).toEqual({
      'train/horses': 1,
      'train/humans': 1,
      'val/horses': 1,
      'val/humans': 1,
    });
    const scan = await scanFolder(folder);
    expect([scan.classes, scan.train.length, scan.validation?.length]).toEqual([['horses', 'humans'], 2, 2]);
  });

  it('asks the mirror instead', async () => {
    const root = await temporaryFolder();
    const server = await fileServer(PETS);
    const dataSet = dataSetOn(server);
    const archives = [{ ...dataSet.archives[0]!, url: 'https://graft.invalid/far/pets.zip' }];
    const env = { GRAFT_HOME: root, GRAFT_DATA_MIRROR: `${server.origin}/copies/` };
    await fetchDataSet({ ...dataSet, archives }, { folder: join(root, 'p'), env });
    expect(server.requests).toEqual([{ path: '/copies/pets.zip', range: undefined }]);
  });

  it('does not touch a folder that holds something, and fetches nothing then', async () => {
    const root = await temporaryFolder();
    const folder = join(root, 'mine');
    await mkdir(folder);
    await writeFile(join(folder, 'diary.txt'), 'dear');
    const server = await fileServer(PETS);
    await expect(fetchDataSet(dataSetOn(server), { folder, env: { GRAFT_HOME: root } })).rejects.toThrow(
      withMessage(
        `folder "${folder}": expected a new or empty folder, received one with 1 entries. Nothing was changed there. Choose another one with --out.`,
      ),
    );
    expect(server.requests).toHaveLength(0);
    expect(await readdir(folder)).toEqual(['diary.txt']);
  });

  it('uses an empty folder', async () => {
    const root = await temporaryFolder();
    const folder = join(root, 'empty');
    await mkdir(folder);
    const found = await fetchDataSet(dataSetOn(await fileServer(PETS)), {
      folder,
      env: { GRAFT_HOME: root },
    });
    expect(found.images).toEqual({ cats: 2, dogs: 2 });
  });

  it('leaves nothing behind when the archive is refused', async () => {
    const root = await temporaryFolder();
    const evil = zipOf([
      { name: 'PetImages/Cat/0.png', data: image },
      { name: '../evil.png', data: image },
    ]);
    const server = await fileServer(evil);
    const folder = join(root, 'pets');
    await expect(
      fetchDataSet(dataSetOn(server, evil), { folder, env: { GRAFT_HOME: join(root, 'home') } }),
    ).rejects.toThrow(
      withMessage(
        'archive "pets.zip": expected only paths that stay in the folder, received "../evil.png". Nothing of it is used: the archive is not what it should be.',
      ),
    );
    expect(await readdir(root)).toEqual(['home']);
  });

  it('says so when the archive holds other folders', async () => {
    const root = await temporaryFolder();
    const other = zipOf([{ name: 'PetImages/Cat/0.png', data: image }]);
    const server = await fileServer(other);
    await expect(
      fetchDataSet(dataSetOn(server, other), {
        folder: join(root, 'pets'),
        env: { GRAFT_HOME: root },
      }),
    ).rejects.toThrow(
      withMessage(
        'archive "pets.zip": expected images in "PetImages/Dog", received none. The archive is another one than it was: give images of your own.',
      ),
    );
  });

  it('is done once by two callers at once', async () => {
    const root = await temporaryFolder();
    const server = await fileServer(PETS);
    const options = { folder: join(root, 'pets'), env: { GRAFT_HOME: join(root, 'home') } };
    const both = await Promise.all([
      fetchDataSet(dataSetOn(server), options),
      fetchDataSet(dataSetOn(server), options),
    ]);
    expect(both.map(({ wasThere }) => wasThere).sort()).toEqual([false, true]);
    expect(server.requests).toHaveLength(1);
  });

  it('stops when it is told to, and leaves no half folder', async () => {
    const root = await temporaryFolder();
    const stop = new AbortController();
    const folder = join(root, 'pets');
    await expect(
      fetchDataSet(dataSetOn(await fileServer(PETS)), {
        folder,
        env: { GRAFT_HOME: join(root, 'home') },
        signal: stop.signal,
        onStage: (stage) => stage === 'unpack' && stop.abort(),
      }),
    ).rejects.toThrow(
      withMessage(
        'data set "cats-vs-dogs": expected all images, received a request to stop. The archives are kept; nothing was unpacked.',
      ),
    );
    expect(existsSync(folder)).toBe(false);
    expect(await readdir(root)).toEqual(['home']);
  });
});

describe('beside the folder of a data set', () => {
  it('only what Graft laid out is removed, also by a process that was killed', async () => {
    const root = await temporaryFolder();
    const folder = join(root, 'pets');
    await writeFiles(root, {
      '.pets.part/diary.txt': 'precious',
      '.pets.graft-notes/diary.txt': 'precious',
      // Without the mark.
      '.pets.graft-00112233aabb/cats/0.png': 'precious',
      '.pets.graft-0123456789ab/.graft-unpacking': '',
      '.pets.graft-0123456789ab/cats/0.png': 'of the archive',
      '.pets.graft-0123456789ab/cats/mine.txt': 'precious',
      '.pets.graft-0123456789ab/diary/1.png': 'precious',
      '.pets.graft-ba9876543210/.graft-unpacking': '',
      '.pets.graft-ba9876543210/dogs/0.png': 'of the archive',
    });
    const server = await fileServer(PETS);
    await fetchDataSet(dataSetOn(server), { folder, env: { GRAFT_HOME: join(root, 'home') } });
    const left = await readdir(root, { recursive: true, withFileTypes: true });
    const files = left.filter((entry) => entry.isFile() && !/\/(?:home|pets)(?:\/|$)/.test(entry.parentPath));
    expect(files.map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1)).sort()).toEqual(
      [
        '.pets.graft-00112233aabb/cats/0.png',
        '.pets.graft-0123456789ab/cats/mine.txt',
        '.pets.graft-0123456789ab/diary/1.png',
        '.pets.graft-notes/diary.txt',
        '.pets.part/diary.txt',
      ],
    );
    expect((await readdir(folder)).sort()).toEqual(['.graft-data-set.json', 'cats', 'dogs']);
  });

  it('a file that only has the name of a lock is left alone', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, '.pets.lock'), 'my own');
    const server = await fileServer(PETS);
    await expect(
      fetchDataSet(dataSetOn(server), {
        folder: join(root, 'pets'),
        env: { GRAFT_HOME: join(root, 'home') },
      }),
    ).rejects.toThrow(
      withMessage(
        `lock "${join(root, '.pets.lock')}": expected a lock file of Graft, or none, received a file with something else in it. It was left as it is: move it away, or choose another place.`,
      ),
    );
    expect(await readFile(join(root, '.pets.lock'), 'utf8')).toBe('my own');
  });
});

describe('findDataSet', () => {
  it('names the nearest for an unknown name', () => {
    expect(() => findDataSet('cats-and-dogs')).toThrow(
      withMessage(
        'data set: expected a name among "horses-or-humans", "cats-vs-dogs", received "cats-and-dogs". Did you mean "cats-vs-dogs"?',
      ),
    );
  });

  it('has a hash, a length and https for every archive', () => {
    for (const { url, sha256, bytes } of dataSetInfos.flatMap(({ archives }) => archives)) {
      expect(url).toMatch(/^https:\/\/\S+\.zip$/);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(bytes).toBeGreaterThan(1e6);
    }
  });
});
