import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { needs } from '../../../tests/support/needs.ts';
import { isHashed } from '../../core/examples/content-hashes.ts';
import { findIdentical, hashedImages, IdenticalImages } from './identical-images.ts';

async function images(files: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  await writeFiles(folder, files);
  return hashedImages(Object.keys(files).map((name) => ({ file: join(folder, name), label: 0 })));
}

const positions = (identical: IdenticalImages) => [...identical].map((group) => [...group]);

describe('findIdentical', () => {
  it('finds the same bytes under other names, in one list and in others', async () => {
    const first = await images({ a: 'one', b: 'two', c: 'three', d: 'one' });
    const second = await images({ e: 'four', f: 'three', g: 'six' });
    expect(positions(await findIdentical([first, second]))).toEqual([
      [0, 3],
      [2, 5],
    ]);
  });

  it('reads only files whose size another one has', async () => {
    const list = await images({ a: 'one', b: 'two', c: 'three' });
    expect(positions(await findIdentical([list]))).toEqual([]);
    expect([0, 1, 2].map((index) => isHashed(list.hashes.hashes, index))).toEqual([true, true, false]);
  });

  it('holds empty files and those that are not there for like no other', async () => {
    const list = await images({ a: '', b: '', c: 'x' });
    const gone = hashedImages([
      { file: '/no/such/1.jpg', label: 0 },
      { file: '/no/such/2.jpg', label: 0 },
    ]);
    expect(positions(await findIdentical([list, gone]))).toEqual([]);
  });

  it('holds unreadable files for like no other', needs.notRoot, async () => {
    const list = await images({ a: 'same', b: 'same' });
    for (const { file } of list.samples) await chmod(file, 0);
    expect(positions(await findIdentical([list]))).toEqual([]);
  });

  it('finds thousands of copies among files of one size', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`${i}`, `${1000 + (i % 1000)}`]),
    );
    const found = positions(await findIdentical([await images(files)]));
    expect(found).toEqual(Array.from({ length: 1000 }, (_, i) => [i, i + 1000, i + 2000]));
  });

  it("throws the signal's reason", async () => {
    const reason = new Error('enough');
    await expect(findIdentical([await images({ a: 'x' })], AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

it('groups at other positions lose what is dropped, and are none with a single image', () => {
  const groups = new IdenticalImages([
    [5, 1],
    [2, 3, 4],
  ]);
  expect(positions(groups.moved((position) => (position === 1 ? undefined : 10 - position)))).toEqual([
    [6, 7, 8],
  ]);
});
