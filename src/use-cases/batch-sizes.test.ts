import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchSizesIn } from './batch-sizes.ts';

describe('batchSizesIn', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graft-batches-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('remembers for the next run', async () => {
    const file = join(folder, 'home/batch-sizes.json');
    expect(await batchSizesIn(file).read('a')).toBeUndefined();
    await batchSizesIn(file).write('a', 4);
    await batchSizesIn(file).write('b', 16);
    await batchSizesIn(file).write('a', 1);
    expect([await batchSizesIn(file).read('a'), await batchSizesIn(file).read('b')]).toEqual([1, 16]);
    expect(await readdir(join(folder, 'home'))).toEqual(['batch-sizes.json']);
  });

  it('keeps the newest hundred', async () => {
    const file = join(folder, 'many.json');
    for (let n = 0; n < 103; n++) await batchSizesIn(file).write(`net ${n}`, 4);
    const kept = Object.keys(JSON.parse(await readFile(file, 'utf8')) as object);
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([100, 'net 3', 'net 102']);
  });

  it.each(['', '{', '[4]', '{"a": "4"}', '{"a": -1}'])(
    'takes a file of %j for none, and writes it anew',
    async (text) => {
      const file = join(folder, 'damaged.json');
      await writeFile(file, text);
      expect(await batchSizesIn(file).read('a')).toBeUndefined();
      await batchSizesIn(file).write('a', 4);
      expect(await batchSizesIn(file).read('a')).toBe(4);
    },
  );

  it('does without where it cannot write', async () => {
    await writeFile(join(folder, 'no-folder'), '');
    const sizes = batchSizesIn(join(folder, 'no-folder/batch-sizes.json'));
    await sizes.write('a', 4);
    expect(await sizes.read('a')).toBeUndefined();
  });

  it('makes no file where it only reads', async () => {
    const file = join(folder, 'unmade.json');
    await batchSizesIn(file, { readOnly: true }).write('a', 4);
    expect(await readdir(folder)).not.toContain('unmade.json');
  });
});
