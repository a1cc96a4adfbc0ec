import { afterEach, describe, expect, it, vi } from 'vitest';
import { type FakeFile, FakeFolder } from '../../tests/support/fake-opfs.ts';
import { clearStoredFeatures, openStoredFeatures, type StoredFeatures } from './stored-features.ts';

const BYTES = 8;
const KEYS = Uint8Array.from({ length: 3 * 32 }, (_, index) => index);
const VALUES = Uint8Array.from({ length: 3 * BYTES }, (_, index) => 255 - index);
const NAME = `${'ab'.repeat(32)}.features`;

/** @returns The folder with the features. */
async function inWorker(): Promise<FakeFolder> {
  const root = new FakeFolder();
  vi.stubGlobal('navigator', { storage: { getDirectory: async () => root } });
  vi.stubGlobal('WorkerGlobalScope', {});
  return root.getDirectoryHandle('graft-features', { create: true });
}

async function space(stores: StoredFeatures | undefined) {
  return stores!.space('ab'.repeat(32), {}, BYTES);
}

describe('the feature cache of a page', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('keeps features for the next training, and finds them by their keys', async () => {
    await inWorker();
    const stores = await openStoredFeatures();
    const first = await space(stores);
    expect([...first.locate(KEYS)]).toEqual([-1, -1, -1]);
    const put = await first.put(KEYS.subarray(0, 64), VALUES.subarray(0, 16));
    expect([...put!]).toEqual([0, 1]);
    await first.flush();
    stores!.close();

    const again = await space(await openStoredFeatures());
    const locations = again.locate(KEYS);
    expect([...locations]).toEqual([0, 1, -1]);
    const target = new Uint8Array(2 * BYTES);
    expect(again.read(locations, Uint32Array.of(1, 0), target)).toEqual([]);
    expect([...target]).toEqual([...VALUES.subarray(8, 16), ...VALUES.subarray(0, 8)]);
  });

  it('finds out what is damaged, forgets it, and takes it anew', async () => {
    const folder = await inWorker();
    const stores = await openStoredFeatures();
    await (await space(stores)).put(KEYS, VALUES);
    stores!.close();
    const file = folder.children.get(NAME) as FakeFile;
    // A bit of the second entry, and an end that was torn off.
    file.bytes[8 + 44 + 40]! ^= 1;
    file.bytes = file.bytes.slice(0, -3);

    const again = await space(await openStoredFeatures());
    const locations = again.locate(KEYS);
    expect([...locations]).toEqual([0, 1, -1]);
    const target = new Uint8Array(2 * BYTES).fill(7);
    expect(again.read(locations, Uint32Array.of(0, 1), target)).toEqual([1]);
    expect([...target]).toEqual([...VALUES.subarray(0, 8), 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...again.locate(KEYS)]).toEqual([0, -1, -1]);
    const put = await again.put(KEYS.subarray(32), VALUES.subarray(8));
    expect(again.read(put!, Uint32Array.of(0, 1), target)).toEqual([]);
    expect([...target]).toEqual([...VALUES.subarray(8)]);
  });

  it('begins anew where a file is of another version', async () => {
    const folder = await inWorker();
    const file = await folder.getFileHandle(NAME, { create: true });
    file.bytes = Uint8Array.from({ length: 100 }, () => 1);
    expect([...(await space(await openStoredFeatures())).locate(KEYS)]).toEqual([-1, -1, -1]);
    expect(file.bytes.length).toBe(8);
  });

  it('goes on without keeping where another worker has the file, or the browser gives no room', async () => {
    const folder = await inWorker();
    const stores = await openStoredFeatures();
    const first = await space(stores);
    const other = await space(await openStoredFeatures());
    expect(await other.put(KEYS, VALUES)).toBeUndefined();
    expect([...other.locate(KEYS)]).toEqual([-1, -1, -1]);
    (folder.children.get(NAME) as FakeFile).limit = 8 + 44;
    expect(await first.put(KEYS, VALUES)).toBeUndefined();
    expect([...first.locate(KEYS)]).toEqual([0, -1, -1]);
  });

  it('removes what was used longest ago above its limit, but nothing that is in use', async () => {
    const folder = await inWorker();
    for (const [index, name] of ['old', 'open', 'new'].entries()) {
      const file = await folder.getFileHandle(`${name}.features`, { create: true });
      file.claimed = 250 * 2 ** 20;
      file.lastModified = index;
    }
    (folder.children.get('old.features') as FakeFile).isOpen = true;
    await space(await openStoredFeatures());
    expect([...folder.children.keys()]).toEqual(['old.features', 'new.features', NAME]);
    (folder.children.get('old.features') as FakeFile).isOpen = false;
    expect(await clearStoredFeatures()).toBe(500 * 2 ** 20 + 8);
  });

  it('is none in the page itself', async () => {
    await inWorker();
    vi.stubGlobal('WorkerGlobalScope', undefined);
    expect(await openStoredFeatures()).toBeUndefined();
    vi.unstubAllGlobals();
    expect(await clearStoredFeatures()).toBe(0);
  });
});
