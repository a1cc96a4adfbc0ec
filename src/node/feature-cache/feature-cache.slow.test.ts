import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { keysOf, range, readBack, SPACE_KEY, valuesOf } from '../../../tests/support/cached-values.ts';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import type { CacheSpace } from './cache-space.ts';
import { type FeatureCache, openFeatureCache } from './feature-cache.ts';
import { listAllSegments, newSegmentName } from './segment-files.ts';

const BYTES = 1000;
const OTHER = 'cd'.repeat(32);

interface Opened {
  readonly cache: FeatureCache;
  readonly space: CacheSpace;
  readonly problems: string[];
}

async function openIn(
  folder: string,
  { key = SPACE_KEY, limitBytes = 1e9 }: { key?: string; limitBytes?: number } = {},
): Promise<Opened> {
  const problems: string[] = [];
  const onProblem = ({ message }: Error): number => problems.push(message);
  const cache = await openFeatureCache({ folder, limitBytes, onProblem });
  onTestFinished(() => cache.close());
  return { cache, problems, space: await cache.space(key, { backbone: 'b', sizePx: 96 }, BYTES) };
}

const put = async (space: CacheSpace, ids: number[]): Promise<Int32Array | undefined> =>
  space.put(keysOf(ids), valuesOf(ids, BYTES));

/** Opens, puts, closes: one run. */
async function run(folder: string, ids: number[], options: Parameters<typeof openIn>[1] = {}): Promise<void> {
  const { cache, space } = await openIn(folder, options);
  for (let i = 0; i < ids.length; i += 10) await put(space, ids.slice(i, i + 10));
  await cache.close();
}

/** Lets all segments look as if they were used so long ago. */
async function age(folder: string, days: number): Promise<void> {
  const then = new Date(Date.now() - days * 86_400_000);
  for (const { base } of await listAllSegments(folder)) {
    await utimes(`${base}.bin`, then, then);
    await utimes(`${base}.idx`, then, then);
  }
}

const bytesIn = async (folder: string): Promise<number> =>
  (await listAllSegments(folder)).reduce((sum, { bytes }) => sum + bytes, 0);

describe('openFeatureCache', () => {
  it('finds in the same run and the next what was put, and nothing else', async () => {
    const folder = join(await temporaryFolder(), 'a', 'b');
    const { cache, space } = await openIn(folder);
    expect(readBack(space, range(0, 20))).toEqual({ found: [], lost: range(0, 20) });
    const locations = await put(space, range(0, 10));
    expect(locations).toEqual(space.locate(keysOf(range(0, 10))));
    expect(readBack(space, range(0, 20))).toEqual({ found: range(0, 10), lost: range(10, 20) });
    await cache.close();
    const again = await openIn(folder);
    expect(readBack(again.space, range(0, 20))).toEqual({ found: range(0, 10), lost: range(10, 20) });
    expect((await openIn(folder, { key: OTHER })).space.locate(keysOf([1]))).toEqual(Int32Array.of(-1));
  });

  it('reads rows in any order, several times, and tells by position which it has not', async () => {
    const { space } = await openIn(await temporaryFolder());
    await put(space, range(0, 6));
    const locations = space.locate(keysOf([0, 1, 2, 99, 3, 4, 5]));
    const target = new Uint8Array(7 * BYTES).fill(7);
    expect(space.read(locations, Uint32Array.of(6, 3, 0, 1, 1, 5, 77), target)).toEqual([1, 6]);
    const nothing = Buffer.alloc(BYTES);
    const parts = [5, undefined, 0, 1, 1, 4, undefined].map((id) =>
      id === undefined ? nothing : valuesOf([id], BYTES),
    );
    expect(Buffer.compare(target, Buffer.concat(parts))).toBe(0);
  });

  it('takes keys from any place in memory, and puts that overlap', async () => {
    const { space } = await openIn(await temporaryFolder());
    const shifted = new Uint8Array(4 * 32 + 1);
    shifted.set(keysOf(range(0, 4)), 1);
    const puts = [
      space.put(shifted.subarray(1), valuesOf(range(0, 4), BYTES)),
      put(space, range(4, 8)),
      put(space, []),
    ];
    expect((await Promise.all(puts)).map((locations) => locations?.length)).toEqual([4, 4, 0]);
    expect(readBack(space, range(0, 8)).lost).toEqual([]);
    expect(space.locate(shifted.subarray(1))).toEqual(space.locate(keysOf(range(0, 4))));
  });

  it('keeps the last of two values of a key', async () => {
    const folder = await temporaryFolder();
    const { space, cache } = await openIn(folder);
    await space.put(keysOf([1]), valuesOf([2], BYTES));
    await put(space, [1]);
    expect(readBack(space, [1]).found).toEqual([1]);
    await cache.close();
    expect(readBack((await openIn(folder)).space, [1]).found).toEqual([1]);
  });

  it('never gives values that were changed while they were written', async () => {
    const { space } = await openIn(await temporaryFolder());
    const values = valuesOf([1, 2], BYTES);
    const putting = space.put(keysOf([1, 2]), values);
    values.fill(9, 0, BYTES);
    await putting;
    expect(readBack(space, [1, 2])).toEqual({ found: [2], lost: [1] });
  });

  it('forgets an entry that is damaged, in this run and the next', async () => {
    const folder = await temporaryFolder();
    const { space } = await openIn(folder);
    await put(space, range(0, 4));
    const [segment] = await listAllSegments(folder);
    const values = await readFile(`${segment!.base}.bin`);
    values[2 * BYTES + 5]! ^= 1;
    await writeFile(`${segment!.base}.bin`, values);
    const locations = space.locate(keysOf(range(0, 4)));
    const target = new Uint8Array(4 * BYTES);
    expect(space.read(locations, Uint32Array.of(0, 1, 2, 3), target)).toEqual([2]);
    expect(space.read(locations, Uint32Array.of(2), target)).toEqual([0]);
    expect(space.locate(keysOf([2]))[0]).toBe(-1);
    await space.flush();
    // Even where the values were whole again, the entry is gone from the index.
    values[2 * BYTES + 5]! ^= 1;
    await writeFile(`${segment!.base}.bin`, values);
    const again = await openIn(folder);
    expect(readBack(again.space, range(0, 4))).toEqual({ found: [0, 1, 3], lost: [2] });
    await put(again.space, [2]);
    expect(readBack(again.space, [2]).found).toEqual([2]);
  });

  it('refuses keys and values that do not belong together, and keys that are none', async () => {
    const { cache, space } = await openIn(await temporaryFolder());
    await expect(space.put(keysOf([1, 2]), valuesOf([1], BYTES))).rejects.toThrow(
      withMessage(
        'feature cache, put: expected keys of 32 bytes and values of 1000 bytes, as many of both, received 64 bytes of keys and 1000 bytes of values. Give the keys and the values of the same images.',
      ),
    );
    await expect(cache.space('../x', {}, 4)).rejects.toThrow(
      withMessage(
        'feature cache, space: expected a key of 64 hexadecimal digits in lower case, received "../x". Give the SHA-256 of what determines the features.',
      ),
    );
    await expect(cache.space(OTHER, {}, 0)).rejects.toThrow(
      withMessage(
        "feature cache, space: expected a whole number of bytes of an entry, at least 1, received 0. Give the size of one image's features.",
      ),
    );
  });

  it('keeps nothing after it was closed', async () => {
    const { cache, space } = await openIn(await temporaryFolder());
    await cache.close();
    expect(await put(space, [1])).toBeUndefined();
  });
});

describe('the limit', () => {
  const limitBytes = 160_000;

  it('is kept by removing what was unused for longest', async () => {
    const folder = await temporaryFolder();
    await run(folder, range(0, 60), { limitBytes });
    await age(folder, 3);
    await run(folder, range(0, 60), { key: OTHER, limitBytes });
    await age(folder, 2);
    // A run that only reads the older space makes it the newer one.
    const reading = await openIn(folder, { limitBytes });
    expect(readBack(reading.space, range(0, 60)).lost).toEqual([]);
    await reading.cache.close();
    const { cache, problems } = await openIn(folder, { key: 'ef'.repeat(32), limitBytes });
    const third = await cache.space('ef'.repeat(32), {}, BYTES);
    for (const id of range(0, 70)) await put(third, [id]);
    expect(problems).toEqual([]);
    expect(readBack(third, range(0, 70)).lost).toEqual([]);
    const { space } = await openIn(folder, { limitBytes });
    const { space: other } = await openIn(folder, { key: OTHER, limitBytes });
    expect(readBack(space, range(0, 60)).lost).toEqual([]);
    expect(readBack(other, range(0, 60)).found.length).toBeLessThan(30);
    expect(await bytesIn(folder)).toBeLessThanOrEqual(limitBytes);
  });

  it('is kept by removing other spaces first, however long this one was unused: its next images may be found', async () => {
    const folder = await temporaryFolder();
    await run(folder, range(0, 100), { limitBytes });
    await age(folder, 3);
    await run(folder, range(0, 50), { key: OTHER, limitBytes });
    const { space, problems } = await openIn(folder, { limitBytes });
    // The first images are looked up and those that lack are put, before the next are looked up.
    expect(readBack(space, range(0, 10)).lost).toEqual([]);
    for (const id of range(100, 140)) await put(space, [id]);
    expect(readBack(space, range(0, 140)).lost).toEqual([]);
    expect(problems).toEqual([]);
    expect(await bytesIn(folder)).toBeLessThanOrEqual(limitBytes);
  });

  it('of other runs spares what this run reads, however long it lasts', async () => {
    const folder = await temporaryFolder();
    await run(folder, range(0, 3));
    const { space } = await openIn(folder);
    const locations = space.locate(keysOf(range(0, 3)));
    const read = (): unknown => space.read(locations, Uint32Array.of(0, 1, 2), new Uint8Array(3 * BYTES));
    const lastUsed = async (): Promise<number> => (await listAllSegments(folder))[0]!.lastUsedMs;
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const start = Date.now();
    await age(folder, 1);
    vi.setSystemTime(start + 60_000);
    read();
    // A mark is not worth a write at every read.
    expect(await lastUsed()).toBeLessThan(start);
    for (const minutes of [10, 20, 200]) {
      vi.setSystemTime(start + minutes * 60_000);
      read();
      expect(Math.abs((await lastUsed()) - (start + minutes * 60_000))).toBeLessThan(2);
    }
  });

  it('ends the keeping of a run that needs more by itself, and what it kept stays', async () => {
    const folder = await temporaryFolder();
    await run(folder, range(0, 60), { key: OTHER, limitBytes });
    const { space, problems, cache } = await openIn(folder, { limitBytes });
    const kept: boolean[] = [];
    for (const id of range(0, 200)) kept.push((await put(space, [id])) !== undefined);
    const count = kept.indexOf(false);
    expect(count).toBeGreaterThan(145);
    expect(kept.slice(count)).toEqual(Array.from({ length: 200 - count }, () => false));
    expect(readBack(space, range(0, 200)).found).toEqual(range(0, count));
    const message = `feature cache "${folder}": expected features of one run within its limit of 160.0 KB, received a run that needs more. What is beyond is not kept. GRAFT_CACHE_LIMIT raises the limit.`;
    expect(problems).toEqual([message]);
    expect(cache.problem).toEqual(withMessage(message));
    expect(await bytesIn(folder)).toBeLessThanOrEqual(limitBytes);
  });

  it('is told once, though several spaces want more at the same time', async () => {
    const { space, cache, problems } = await openIn(await temporaryFolder(), { limitBytes });
    const other = await cache.space(OTHER, {}, BYTES);
    const puts = [space, other, space, other].map((one, i) => put(one, range(i * 200, i * 200 + 200)));
    expect(await Promise.all(puts)).toEqual([undefined, undefined, undefined, undefined]);
    expect(problems).toHaveLength(1);
  });

  it('where it was lowered, holds from the end of the next run on, and what that run uses stays', async () => {
    const folder = await temporaryFolder();
    await run(folder, range(0, 50), { limitBytes });
    await run(folder, range(0, 100), { key: OTHER, limitBytes });
    const { space, cache } = await openIn(folder, { limitBytes: 80_000 });
    await cache.info();
    expect(readBack(space, range(0, 50)).lost).toEqual([]);
    await cache.close();
    expect(await bytesIn(folder)).toBeLessThanOrEqual(80_000);
    expect(readBack((await openIn(folder)).space, range(0, 50)).lost).toEqual([]);
    // The older ones went.
    const { found } = readBack((await openIn(folder, { key: OTHER })).space, range(0, 100));
    expect(found.length).toBeGreaterThan(10);
    expect(found).toEqual(range(100 - found.length, 100));
  });

  it('does not offer what it removed itself', async () => {
    const folder = await temporaryFolder();
    await run(folder, range(0, 140), { limitBytes });
    const { cache, space } = await openIn(folder, { limitBytes });
    const other = await cache.space(OTHER, {}, BYTES);
    for (const id of range(0, 100)) await put(other, [id]);
    const locations = space.locate(keysOf(range(0, 140)));
    const gone = locations.filter((location) => location === -1).length;
    expect(gone).toBeGreaterThan(80);
    const rows = Uint32Array.from(range(0, 140).filter((row) => locations[row] !== -1));
    expect(space.read(locations, rows, new Uint8Array(140 * BYTES))).toEqual([]);
  });
});

describe('a folder that cannot be used', () => {
  it('of a newer version is left alone, and the run goes on without', async () => {
    const folder = await temporaryFolder();
    await run(folder, range(0, 4));
    await writeFile(join(folder, 'format.json'), '{ "format": 2 }');
    const before = await readdir(folder, { recursive: true });
    const { cache, space, problems } = await openIn(folder);
    const message = `feature cache "${folder}": expected format 1 or older, received format 2. A newer version of Graft wrote it: update Graft. Without it, features are computed anew.`;
    expect(problems).toEqual([message]);
    expect(await put(space, [7])).toBeUndefined();
    expect(readBack(space, [0, 7])).toEqual({ found: [], lost: [0, 7] });
    await expect(cache.info()).rejects.toThrow(withMessage(message));
    await expect(cache.verify()).rejects.toThrow(withMessage(message));
    await expect(cache.clear()).rejects.toThrow(withMessage(message));
    await cache.close();
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });

  it('since a file is in its way', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), 'x');
    const { space, problems } = await openIn(join(folder, 'file', 'cache'));
    expect(await put(space, [1])).toBeUndefined();
    expect(problems).toEqual([
      `feature cache "${folder}/file/cache": expected a place that can be written, received a path that leads through a file. No more features are kept. GRAFT_HOME chooses another place.`,
    ]);
  });

  it('goes on where the format or the description is damaged', async () => {
    const folder = await temporaryFolder();
    await run(folder, range(0, 4));
    await writeFile(join(folder, 'format.json'), '{ "for');
    await writeFile(join(folder, 'spaces', SPACE_KEY, 'about.json'), 'not JSON');
    const { cache, space } = await openIn(folder);
    expect(readBack(space, range(0, 4)).lost).toEqual([]);
    expect((await cache.info()).spaces[0]!.about).toEqual({
      backbone: 'b',
      sizePx: 96,
      bytesPerEntry: BYTES,
    });
    expect(await readFile(join(folder, 'format.json'), 'utf8')).toContain('"format": 1');
  });
});

describe('files that describe the cache', () => {
  it('are written by several processes at once, though they have one number: in containers', async () => {
    const folder = join(await temporaryFolder(), 'cache');
    const problems: string[] = [];
    const onProblem = ({ message }: Error): number => problems.push(message);
    for (let round = 0; round < 20; round++) {
      const place = join(folder, String(round));
      const caches = await Promise.all(
        Array.from({ length: 4 }, () => openFeatureCache({ folder: place, onProblem })),
      );
      await Promise.all(caches.map((cache, i) => cache.space(SPACE_KEY, { i }, BYTES)));
      await Promise.all(caches.map((cache) => cache.close()));
    }
    expect(problems).toEqual([]);
  });

  it('are not put into a folder of other files, which is left as it is', async () => {
    const problems: string[] = [];
    const foreign: Record<string, string>[] = [
      { 'holiday.txt': 'precious' },
      { 'format.json': '{ "format": "A4" }' },
      { 'format.json/inside': 'precious' },
      { 'spaces/kitchen.txt': 'precious' },
      { 'CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55\n', 'more/x': 'precious' },
    ];
    for (const files of foreign) {
      const folder = await temporaryFolder();
      await writeFiles(folder, files);
      const before = (await readdir(folder, { recursive: true })).sort();
      const { cache, space, problems: told } = await openIn(folder);
      problems.push(...told.map((message) => message.replace(folder, 'F')));
      expect(await put(space, [1])).toBeUndefined();
      await expect(cache.clear()).rejects.toThrow('left as it is');
      await cache.close();
      expect((await readdir(folder, { recursive: true })).sort()).toEqual(before);
      for (const [name, content] of Object.entries(files))
        expect(await readFile(join(folder, name), 'utf8')).toBe(content);
    }
    expect(problems).toEqual(
      foreign.map(
        () =>
          'feature cache "F": expected a new or empty folder, or one with the mark of a feature cache, received one with other files in it. It was left as it is, and no features are kept. GRAFT_HOME chooses another place.',
      ),
    );
  });
});

describe('what a person put into the cache', () => {
  it('stays when it is emptied, and when room is made', async () => {
    const folder = await temporaryFolder();
    await run(folder, range(0, 25));
    const place = join('spaces', SPACE_KEY);
    const own = {
      'notes.txt': 'precious',
      'spaces/notes.txt': 'precious',
      [`spaces/${'f'.repeat(64)}/photos/cat.jpg`]: 'precious',
      [`${place}/about.json.txt`]: 'precious',
      [`${place}/features.bin`]: 'precious',
      [`${place}/folder/deeper.idx`]: 'precious',
    };
    await writeFiles(folder, own);
    // Room is made for another space.
    await run(folder, range(0, 60), { key: OTHER, limitBytes: 70_000 });
    const { cache } = await openFeatureCacheOnly(folder);
    await cache.clear();
    await cache.close();
    const left = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = left.filter((entry) => entry.isFile());
    expect(
      files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort(),
    ).toEqual([...Object.keys(own), 'CACHEDIR.TAG', 'format.json'].sort());
  });
});

describe('what a killed process left', () => {
  it('is removed where it says nothing and its owner has ended', async () => {
    const folder = await temporaryFolder();
    const place = join(folder, 'spaces', SPACE_KEY);
    await mkdir(place, { recursive: true });
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const living = newSegmentName();
    const ended = living.replace(`-${process.pid}-`, `-${pid}-`);
    const elsewhere = living.replace(/-[0-9a-f]{8}-/, '-00000000-');
    for (const name of [living, ended, elsewhere]) await writeFile(join(place, `${name}.bin`), 'x');
    await openIn(folder);
    expect((await readdir(place)).sort()).toEqual(['about.json', `${living}.bin`, `${elsewhere}.bin`].sort());
    await age(folder, 2).catch(() => {});
    const then = new Date(Date.now() - 2 * 86_400_000);
    await utimes(join(place, `${elsewhere}.bin`), then, then);
    await openIn(folder);
    expect(existsSync(join(place, `${elsewhere}.bin`))).toBe(false);
  });
});

describe('upkeep', () => {
  it('tells what there is, and empties a space or all', async () => {
    const folder = await temporaryFolder();
    await run(folder, range(0, 25));
    await age(folder, 1);
    await run(folder, range(0, 3), { key: OTHER });
    await writeFile(join(folder, 'spaces', 'note.txt'), 'not of the cache');
    const { cache } = await openIn(folder, { key: OTHER });
    const info = await cache.info();
    expect(info).toMatchObject({ folder, limitBytes: 1e9, bytes: 28 * 1040 + 2 * 64, entries: 28 });
    expect(info.spaces.map(({ key, entries, segments }) => ({ key, entries, segments }))).toEqual([
      { key: OTHER, entries: 3, segments: 1 },
      { key: SPACE_KEY, entries: 25, segments: 1 },
    ]);
    expect(Date.now() - Date.parse(info.spaces[0]!.lastUsed!)).toBeLessThan(3_600_000);
    expect(await cache.clear(SPACE_KEY)).toEqual({ spaces: 1, bytes: 25 * 1040 + 64 });
    expect((await cache.info()).spaces.map(({ key }) => key)).toEqual([OTHER]);
    expect(await cache.clear('0'.repeat(64))).toEqual({ spaces: 0, bytes: 0 });
    expect(await cache.clear()).toEqual({ spaces: 1, bytes: 3 * 1040 + 64 });
    expect(await readdir(join(folder, 'spaces'))).toEqual(['note.txt']);
  });

  it('verify takes out what is damaged, and is content the second time', async () => {
    const folder = await temporaryFolder();
    await run(folder, range(0, 20));
    await run(folder, range(20, 30));
    await run(folder, range(30, 40));
    const [first, second, third] = await listAllSegments(folder);
    const values = await readFile(`${first!.base}.bin`);
    values[3 * BYTES]! ^= 4;
    await writeFile(`${first!.base}.bin`, values);
    const index = await readFile(`${first!.base}.idx`);
    index[64 + 7 * 40 + 2]! ^= 4;
    await writeFile(`${first!.base}.idx`, index);
    await truncate(`${second!.base}.bin`, 9.5 * BYTES);
    const header = await readFile(`${third!.base}.idx`);
    header[13]! ^= 1;
    await writeFile(`${third!.base}.idx`, header);
    const { cache } = await openFeatureCacheOnly(folder);
    const progress: number[] = [];
    const report = await cache.verify({ onProgress: (done, bytes) => progress.push(done / bytes) });
    expect(report).toMatchObject({
      spaces: 1,
      segments: 3,
      entries: 27,
      damagedEntries: 3,
      removedSegments: 1,
    });
    expect(progress).toHaveLength(3);
    expect(progress.at(-1)).toBe(1);
    expect(await cache.verify()).toMatchObject({ entries: 27, damagedEntries: 0, removedSegments: 0 });
    const { space } = await openIn(folder);
    const lost = [3, 7, 29, ...range(30, 40)];
    expect(readBack(space, range(0, 40)).lost).toEqual(lost);
  });
});

async function openFeatureCacheOnly(folder: string): Promise<{ cache: FeatureCache }> {
  const cache = await openFeatureCache({ folder });
  onTestFinished(() => cache.close());
  return { cache };
}

describe('a cache that is only read', () => {
  it('finds what is there, keeps nothing, and makes no file', async () => {
    const folder = join(await temporaryFolder(), 'cache');
    await run(folder, range(0, 10));
    const before = await readdir(folder, { recursive: true });
    const problems: Error[] = [];
    const cache = await openFeatureCache({
      folder,
      readOnly: true,
      onProblem: (error) => problems.push(error),
    });
    const [space, other] = [await cache.space(SPACE_KEY, {}, BYTES), await cache.space(OTHER, {}, BYTES)];
    expect(readBack(space, range(0, 10))).toMatchObject({ found: range(0, 10) });
    expect(await put(space, [20])).toBeUndefined();
    expect(await put(other, [20])).toBeUndefined();
    await cache.close();
    expect(await readdir(folder, { recursive: true })).toEqual(before);
    expect(problems).toEqual([]);
  });

  it('changes nothing of what is damaged or old, when it is read, looked at or verified', async () => {
    const folder = await temporaryFolder();
    for (const start of [0, 10, 20]) await run(folder, range(start, start + 10));
    await age(folder, 3);
    const [first, second] = await listAllSegments(folder);
    const spoil = async (file: string, at: number): Promise<void> => {
      const bytes = await readFile(file);
      bytes[at]! ^= 1;
      await writeFile(file, bytes);
    };
    await spoil(`${first!.base}.idx`, 13);
    await spoil(`${second!.base}.bin`, 3 * BYTES + 5);
    const state = async (): Promise<unknown[]> => {
      const names = await readdir(folder, { recursive: true });
      return Promise.all(
        names.sort().map(async (name) => {
          const about = await stat(join(folder, name));
          const { mtimeMs, size } = about;
          const bytes = about.isFile() ? await readFile(join(folder, name), 'hex') : undefined;
          return { name, mtimeMs, size, bytes };
        }),
      );
    };
    const before = await state();
    const cache = await openFeatureCache({ folder, readOnly: true });
    const space = await cache.space(SPACE_KEY, {}, BYTES);
    const found = [...range(10, 13), ...range(14, 30)];
    expect(readBack(space, range(0, 30))).toEqual({ found, lost: [...range(0, 10), 13] });
    await space.flush();
    const { entries } = await cache.info();
    expect(entries).toBe(20);
    expect(await cache.verify()).toMatchObject({ entries: 19, damagedEntries: 1, removedSegments: 1 });
    const message = `feature cache "${folder}": expected a cache that may be changed, received one that was opened to be read only. Open it without readOnly.`;
    await expect(cache.clear()).rejects.toThrow(withMessage(message));
    expect(cache.problem).toEqual(withMessage(message));
    await cache.close();
    expect(await state()).toEqual(before);
  });

  it('is not made where there is none', async () => {
    const folder = join(await temporaryFolder(), 'cache');
    const cache = await openFeatureCache({ folder, readOnly: true });
    const space = await cache.space(SPACE_KEY, {}, BYTES);
    expect(readBack(space, [1])).toMatchObject({ found: [] });
    await cache.close();
    expect(existsSync(folder)).toBe(false);
  });
});
