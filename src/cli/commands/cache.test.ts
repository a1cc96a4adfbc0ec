import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keysOf, range, SPACE_KEY, valuesOf } from '../../../tests/support/cached-values.ts';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { openFeatureCache } from '../../node/feature-cache/feature-cache.ts';
import { listAllSegments } from '../../node/feature-cache/segment-files.ts';
import { cacheCommand } from './cache.ts';

const OTHER = `abab${'0'.repeat(60)}`;
let out = '';
let told = '';
let folder: string;

beforeEach(async () => {
  const home = await temporaryFolder();
  folder = join(home, 'features');
  vi.stubEnv('GRAFT_HOME', home);
  vi.stubEnv('NO_COLOR', '1');
  vi.stubEnv('FORCE_COLOR', undefined);
  out = '';
  told = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const cache = (...args: string[]): Promise<unknown> => cacheCommand().parseAsync(args, { from: 'user' });

async function fill(): Promise<void> {
  const opened = await openFeatureCache({ folder });
  const about = { backbone: 'mobilenet_v2', cut: 'block_15_add', sizePx: 96, dtype: 'float16' };
  const space = await opened.space(SPACE_KEY, about, 1000);
  await space.put(keysOf(range(0, 1200)), valuesOf(range(0, 1200), 1000));
  const other = await opened.space(OTHER, {}, 1000);
  await other.put(keysOf([1]), valuesOf([1], 1000));
  await opened.close();
}

describe('graft cache info', () => {
  it('lists spaces', async () => {
    await fill();
    vi.stubEnv('GRAFT_CACHE_LIMIT', '500MB');
    const used = new Date('2026-02-03T12:00:00Z');
    for (const { base } of await listAllSegments(folder)) {
      for (const ending of ['.bin', '.idx']) await utimes(base + ending, used, used);
    }
    await cache('info');
    const lines = out.split('\n').map((line) => line.replace(/ {2,}/g, '|'));
    expect(lines[0]).toBe('space|features of|images|size|last used');
    expect(lines.slice(1, 3).sort()).toEqual([
      `abab00000000|unknown|1|1.1 KB|2026-02-03`,
      `abababababab|mobilenet_v2 up to block_15_add, 96 px, dtype float16|1,200|1.2 MB|2026-02-03`,
    ]);
    expect(lines.slice(3)).toEqual(['', `1.2 MB of at most 500.0 MB, 1,201 entries, in ${folder}`, '']);
    out = '';
    await cache('info', '--json');
    expect(JSON.parse(out)).toMatchObject({ folder, limitBytes: 5e8, entries: 1201 });
  });

  it('of an empty cache', async () => {
    await cache('info');
    expect(out).toBe(`0 bytes of at most 10.0 GB, 0 entries, in ${folder}\n`);
  });

  it('refuses a limit that is no size, and a cache of a newer version', async () => {
    await fill();
    await writeFile(join(folder, 'format.json'), '{ "format": 7 }');
    await expect(cache('info')).rejects.toThrow(
      withMessage(
        `feature cache "${folder}": expected format 1 or older, received format 7. A newer version of Graft wrote it: update Graft. Without it, features are computed anew.`,
      ),
    );
    vi.stubEnv('GRAFT_CACHE_LIMIT', 'much');
    await expect(cache('info')).rejects.toThrow(
      withMessage(
        'GRAFT_CACHE_LIMIT: expected a size of at least 1MB, such as 20GB or 1.5TB, received "much". Give a number and one of KB, MB, GB, TB.',
      ),
    );
  });
});

describe('graft cache verify', () => {
  it('takes out what is damaged', async () => {
    await fill();
    const { base } = (await listAllSegments(folder)).find(({ spaceKey }) => spaceKey === SPACE_KEY)!;
    const values = await readFile(`${base}.bin`);
    values[1234]! ^= 1;
    await writeFile(`${base}.bin`, values);
    await cache('verify');
    expect(out).toBe(`1,200 sound entries, 1.2 MB, in ${folder}\n`);
    expect(told).toContain('damaged 1 entry: taken out, and computed anew when needed.');
    told = '';
    await cache('verify');
    expect(told).toContain('sound Nothing is damaged.');
    out = '';
    await cache('verify', '--json');
    expect(JSON.parse(out)).toMatchObject({ entries: 1200, damagedEntries: 0, removedSegments: 0 });
    await writeFile(`${base}.idx`, 'x'.repeat(100));
    told = '';
    await cache('verify');
    expect(told).toContain('damaged 0 entries and 1 file that could not be read: taken out');
  });
});

describe('graft cache clear', () => {
  it('removes one space by the beginning of its key, or all', async () => {
    await fill();
    await cache('clear', '--space', 'abab0');
    expect(told).toBe('removed 1 space, 1.1 KB.\n');
    await cache('clear', '--json');
    expect(JSON.parse(out)).toEqual({ folder, spaces: 1, bytes: 1200 * 1040 + 64 });
  });

  it.each([
    ['abab', 'does not name one'],
    ['aba', 'does not name one'],
    ['ffff', 'none begins with'],
    ['', 'does not name one'],
  ])('refuses "%s"', async (beginning, why) => {
    await fill();
    await expect(cache('clear', '--space', beginning)).rejects.toThrow(
      withMessage(
        `--space: expected the beginning of the key of one space, at least 4 digits, received "${beginning}", which ${why}. graft cache info lists them.`,
      ),
    );
  });
});
