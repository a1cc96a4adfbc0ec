import { execFileSync, spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keysOf, range, readBack, SPACE_KEY, valuesOf } from '../../../tests/support/cached-values.ts';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { needs } from '../../../tests/support/needs.ts';
import { createRandom } from '../../core/tensor/random.ts';
import type { CacheSpace } from './cache-space.ts';
import { openFeatureCache } from './feature-cache.ts';
import { listAllSegments } from './segment-files.ts';

/** Of the moments at which processes are killed. */
const SEED = Number(process.env['GRAFT_TEST_SEED'] ?? 17);
const WRITER = fileURLToPath(new URL('../../../tests/support/cache-writer.ts', import.meta.url));

async function openIn(folder: string, bytes: number): Promise<{ space: CacheSpace; problems: string[] }> {
  const problems: string[] = [];
  const onProblem = ({ message }: Error): number => problems.push(message);
  const cache = await openFeatureCache({ folder, limitBytes: 1e9, onProblem });
  onTestFinished(() => cache.close());
  return { space: await cache.space(SPACE_KEY, {}, bytes), problems };
}

const put = (space: CacheSpace, ids: number[]): Promise<Int32Array | undefined> =>
  space.put(keysOf(ids), valuesOf(ids, space.bytesPerEntry));

interface Writing {
  readonly folder: string;
  readonly bytes: number;
  readonly batch: number;
  readonly first: number;
  readonly end: number;
  /** Killed when it has said so often how far it is, and a moment later. */
  readonly killAfter?: { readonly batches: number; readonly momentMs: number };
}

/** Runs a process that writes. @returns How far it said that it had come. */
function writer(writing: Writing): Promise<{ kept: number; signal: string | null }> {
  const { folder, killAfter } = writing;
  const numbers = [writing.bytes, writing.batch, writing.first, writing.end].map(String);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', WRITER, folder, ...numbers], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    let isMeant = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      // One line is its beginning.
      if (isMeant || killAfter === undefined || said.split('\n').length - 2 < killAfter.batches) return;
      isMeant = true;
      setTimeout(() => child.kill('SIGKILL'), killAfter.momentMs);
    });
    child.on('error', reject);
    child.on('close', (_, signal) => {
      const whole = said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1);
      resolve({ kept: whole === 'ready' ? writing.first : Number(whole), signal });
    });
  });
}

describe('processes', () => {
  it('killed while they write lose nothing that was kept, and leave nothing wrong', async () => {
    const folder = await temporaryFolder();
    const random = createRandom(SEED);
    let first = 0;
    for (let round = 0; round < 6; round++) {
      const killAfter = { batches: random.integer(12), momentMs: random.uniform() * 10 };
      const batch = [1, 7, 32][round % 3]!;
      const end = first + 100_000;
      const { kept, signal } = await writer({ folder, bytes: 75_264, batch, first, end, killAfter });
      const moment = `seed ${SEED}, round ${round}: ${JSON.stringify(killAfter)}`;
      expect([moment, signal]).toEqual([moment, 'SIGKILL']);
      expect(kept, moment).toBeGreaterThanOrEqual(first + killAfter.batches * batch);
      const { space, problems } = await openIn(folder, 75_264);
      expect(readBack(space, range(first, kept)).lost).toEqual([]);
      // Those in flight are there or not: what is there was found right by readBack.
      readBack(space, range(kept, kept + batch));
      expect(readBack(space, range(kept + batch, kept + batch + 32)).found).toEqual([]);
      await put(space, [1_000_000 + round]);
      expect(problems).toEqual([]);
      first = kept + batch + 32;
    }
    const { space } = await openIn(folder, 75_264);
    expect(readBack(space, range(1_000_000, 1_000_006)).lost).toEqual([]);
  });

  it('that write at once, the same and others, do not disturb one another', async () => {
    const folder = await temporaryFolder();
    const write = (first: number): ReturnType<typeof writer> =>
      writer({ folder, bytes: 2560, batch: 16, first, end: first + 600 });
    const reader = await openIn(folder, 2560);
    const ended = await Promise.all([write(0), write(300), write(0)]);
    expect(ended).toEqual([600, 900, 600].map((kept) => ({ kept, signal: null })));
    expect(reader.problems).toEqual([]);
    const { space } = await openIn(folder, 2560);
    expect(readBack(space, range(0, 900)).lost).toEqual([]);
  });
});

describe('bytes that flipped', () => {
  const BYTES = 20;
  const ids = range(0, 4);

  async function original(): Promise<string> {
    const folder = await temporaryFolder();
    const { space } = await openIn(folder, BYTES);
    await put(space, ids);
    return folder;
  }

  it('anywhere in values or index cost the entry that they belong to, or the segment, and no more', async () => {
    const source = await original();
    const folder = join(await temporaryFolder(), 'copy');
    const [segment] = await listAllSegments(source);
    const random = createRandom(5);
    const costs = new Map<string, number>();
    for (const ending of ['.bin', '.idx']) {
      const bytes = await readFile(segment!.base + ending);
      for (let at = 0; at < bytes.length; at++) {
        await rm(folder, { recursive: true, force: true });
        await cp(source, folder, { recursive: true });
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= 1 << Math.floor(random.uniform() * 8);
        await writeFile(segment!.base.replace(source, folder) + ending, flipped);
        const cache = await openFeatureCache({ folder });
        const space = await cache.space(SPACE_KEY, {}, BYTES);
        const { lost } = readBack(space, ids);
        const expected =
          ending === '.bin' ? [Math.floor(at / BYTES)] : at < 64 ? ids : [Math.floor((at - 64) / 40)];
        expect([ending, at, lost]).toEqual([ending, at, expected]);
        costs.set(ending, (costs.get(ending) ?? 0) + 1);
        await put(space, lost);
        expect(readBack(space, ids).lost).toEqual([]);
        await cache.close();
      }
    }
    expect(Object.fromEntries(costs)).toEqual({ '.bin': 4 * 20, '.idx': 64 + 4 * 40 });
  });

  it('many at once, in any file of the cache', async () => {
    const source = await original();
    const folder = join(await temporaryFolder(), 'copy');
    const files = (await readdir(source, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(source.length));
    expect(files).toHaveLength(5);
    const random = createRandom(6);
    for (let round = 0; round < 100; round++) {
      await rm(folder, { recursive: true, force: true });
      await cp(source, folder, { recursive: true });
      for (const file of files) {
        const bytes = await readFile(folder + file);
        for (let flips = random.uniform() * 8; flips >= 1; flips--) {
          bytes[Math.floor(random.uniform() * bytes.length)]! ^= 1 << Math.floor(random.uniform() * 8);
        }
        await writeFile(folder + file, bytes);
      }
      const cache = await openFeatureCache({ folder });
      const space = await cache.space(SPACE_KEY, {}, BYTES);
      readBack(space, ids);
      // Of another format, or with both marks damaged: not known as a cache, and left alone.
      if ((await put(space, ids)) === undefined)
        expect(cache.problem?.message).toMatch(/received format \d|received one with other files in it/);
      else {
        expect(readBack(space, ids).lost).toEqual([]);
        await cache.info();
        expect((await cache.verify()).entries).toBeGreaterThanOrEqual(4);
      }
      await cache.close();
    }
  });

  it('records that stand in the wrong place are none', async () => {
    const folder = await original();
    const [segment] = await listAllSegments(folder);
    const index = await readFile(`${segment!.base}.idx`);
    const moved = Buffer.from(index);
    index.copy(moved, 64 + 3 * 40, 64, 64 + 40);
    await writeFile(`${segment!.base}.idx`, moved);
    const { space } = await openIn(folder, BYTES);
    expect(readBack(space, ids)).toEqual({ found: [0, 1, 2], lost: [3] });
  });
});

describe('files that became shorter', () => {
  it.each(['.bin', '.idx'])('%s, to any length', async (ending) => {
    const source = await temporaryFolder();
    const { space } = await openIn(source, 30);
    await put(space, range(0, 2));
    const [segment] = await listAllSegments(source);
    const size = (await readFile(segment!.base + ending)).length;
    const folder = join(await temporaryFolder(), 'copy');
    for (let length = 0; length < size; length++) {
      await rm(folder, { recursive: true, force: true });
      await cp(source, folder, { recursive: true });
      await truncate(segment!.base.replace(source, folder) + ending, length);
      const cache = await openFeatureCache({ folder });
      const shortened = await cache.space(SPACE_KEY, {}, 30);
      const left = Math.max(0, Math.floor(ending === '.bin' ? length / 30 : (length - 64) / 40));
      expect(readBack(shortened, range(0, 2))).toEqual({ found: range(0, left), lost: range(left, 2) });
      await put(shortened, range(0, 2));
      expect(readBack(shortened, range(0, 2)).lost).toEqual([]);
      await cache.close();
    }
  });

  it('while they are open', async () => {
    const folder = await temporaryFolder();
    const { space } = await openIn(folder, 100);
    await put(space, range(0, 10));
    const locations = space.locate(keysOf(range(0, 10)));
    const [segment] = await listAllSegments(folder);
    await truncate(`${segment!.base}.bin`, 450);
    const rows = Uint32Array.from(range(0, 10));
    expect(space.read(locations, rows, new Uint8Array(1000))).toEqual(range(4, 10));
    expect(readBack(space, range(0, 10)).found).toEqual(range(0, 4));
  });
});

describe('a folder that is removed while in use', () => {
  it('goes on to give what is open, and to take more; the next run works', async () => {
    const folder = await temporaryFolder();
    await put((await openIn(folder, 500)).space, range(0, 10));
    const { space, problems } = await openIn(folder, 500);
    expect(readBack(space, range(0, 10)).lost).toEqual([]);
    await put(space, range(10, 20));
    const unread = await openIn(folder, 500);
    const locations = unread.space.locate(keysOf(range(0, 20)));
    await rm(folder, { recursive: true });
    // On Windows an open file may keep its folder; elsewhere it goes on without a name.
    expect(readBack(space, range(0, 20)).lost).toEqual([]);
    await put(space, range(20, 30));
    expect(readBack(space, range(0, 30)).lost).toEqual([]);
    // What was not open is a miss.
    const rows = Uint32Array.from(range(0, 20));
    expect(unread.space.read(locations, rows, new Uint8Array(10_000))).toEqual(range(0, 20));
    expect(await put(unread.space, range(0, 10))).toBeDefined();
    expect(readBack(unread.space, range(0, 20)).found).toEqual(range(0, 10));
    expect([...problems, ...unread.problems]).toEqual([]);
    const next = await openIn(folder, 500);
    expect(readBack(next.space, range(0, 30)).found).toEqual(range(0, 10));
  });
});

describe('a small disk (needs root, for a file system in memory)', needs.root, () => {
  async function disk(size: string): Promise<string> {
    const place = join(await temporaryFolder(), 'disk');
    await mkdir(place);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'graft-test', place]);
    onTestFinished(() => {
      execFileSync('umount', ['-l', place]);
    });
    return place;
  }

  const FULL = (folder: string): string =>
    `feature cache "${folder}": expected a place that can be written, received a full disk. No more features are kept. Make room: graft cache clear empties it.`;

  it('that fills up: told once, the rest of the run goes on, and what was kept stays', async () => {
    const folder = await disk('3m');
    const { space, problems } = await openIn(folder, 75_264);
    const kept: number[] = [];
    // Somebody else takes what was free a moment ago.
    await put(space, [99]);
    await writeFile(join(folder, 'filler'), Buffer.alloc(1.5e6));
    for (const id of range(0, 60)) if ((await put(space, [id])) !== undefined) kept.push(id);
    expect(kept).toEqual(range(0, kept.length));
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.length).toBeLessThan(25);
    expect(problems).toEqual([FULL(folder)]);
    expect(readBack(space, range(0, 60)).found).toEqual(kept);
    const next = await openIn(folder, 75_264);
    expect(readBack(next.space, range(0, 60)).found).toEqual(kept);
  });

  it('whose last part is left to others', async () => {
    const folder = await disk('40m');
    const { space, problems } = await openIn(folder, 75_264);
    for (let id = 0; id < 700 && problems.length === 0; id += 10) await put(space, range(id, id + 10));
    expect(problems).toEqual([FULL(folder)]);
    const free = Number(
      execFileSync('df', ['--output=avail', '-B1', folder], { encoding: 'utf8' }).split('\n')[1],
    );
    // 5% of the disk.
    expect(free).toBeGreaterThan(2e6);
    expect(free).toBeLessThan(3.5e6);
  });

  it('that cannot be written, but read', async () => {
    const folder = await disk('3m');
    const first = await openFeatureCache({ folder });
    await put(await first.space(SPACE_KEY, {}, 500), range(0, 10));
    await first.close();
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    const { space, problems } = await openIn(folder, 500);
    expect(readBack(space, range(0, 10)).lost).toEqual([]);
    expect(problems).toEqual([]);
    expect(await put(space, [11])).toBeUndefined();
    expect(problems).toEqual([
      `feature cache "${folder}": expected a place that can be written, received a read-only file system. No more features are kept. GRAFT_HOME chooses another place.`,
    ]);
  });
});
