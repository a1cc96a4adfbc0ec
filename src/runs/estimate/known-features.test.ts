import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { emptyHashes, HASH_BYTES, hashAt } from '../../core/examples/content-hashes.ts';
import type { Sample } from '../../core/examples/sample.ts';
import { featureKey } from '../../core/features/feature-extraction.ts';
import type { FeatureStore } from '../../core/runtime/feature-store.ts';
import { hashImages } from '../../node/images/hash-images.ts';
import { imageFiles } from '../../node/images/image-files.ts';
import { countKnown } from './known-features.ts';

async function images(count: number): Promise<Sample[]> {
  const folder = join(await temporaryFolder(), 'images');
  await mkdir(folder);
  const names = Array.from({ length: count }, (_, index) => `${index}.png`);
  await writeFiles(folder, Object.fromEntries(names.map((name) => [name, `image ${name}`])));
  return names.map((name) => ({ file: join(folder, name), label: 0 }));
}

/** Knows keys, and nothing of their values. */
function storeOf(keys: readonly Uint8Array[]): FeatureStore {
  const known = new Set(keys.map((key) => Buffer.from(key).toString('hex')));
  return {
    locate: (asked) =>
      Int32Array.from({ length: asked.length / HASH_BYTES }, (_, i) =>
        known.has(Buffer.from(asked.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)).toString('hex')) ? i : -1,
      ),
    put: async () => undefined,
    flush: async () => {},
    read: () => [],
  };
}

async function keysOf(samples: readonly Sample[], view?: number): Promise<Uint8Array[]> {
  const hashes = emptyHashes(samples.length);
  await hashImages(samples, 0, samples.length, hashes);
  return samples.map((_, index) => featureKey(hashAt(hashes, index), view));
}

describe('countKnown', () => {
  it('counts what the store has, and names images that it lacks', async () => {
    const samples = await images(50);
    const store = storeOf(await keysOf(samples.slice(0, 40)));
    const hashes = emptyHashes(50);
    const counted = await countKnown({
      modality: imageFiles,
      examples: samples,
      hashes,
      store,
      views: undefined,
      budgetMs: 1e9,
    });
    expect([counted.total, counted.known]).toEqual([50, 40]);
    expect(new Set(counted.lacking)).toEqual(new Set(samples.slice(40)));
    expect(counted.knownKeys).toHaveLength(32);
    expect(hashAt(hashes, 49)).toEqual((await keysOf(samples.slice(49)))[0]);
  });

  it('counts every view of an image', async () => {
    const samples = await images(10);
    const store = storeOf([...(await keysOf(samples, 0)), ...(await keysOf(samples.slice(0, 5), 1))]);
    const counted = await countKnown({
      modality: imageFiles,
      examples: samples,
      hashes: emptyHashes(10),
      store,
      views: 3,
      budgetMs: 1e9,
    });
    expect([counted.total, counted.known]).toEqual([30, 15]);
    expect(counted.lacking).toHaveLength(10);
  });

  it('looks at a part that is spread over all where the time is short', async () => {
    const samples = await images(160);
    const store = storeOf(await keysOf(samples.slice(0, 80)));
    const hashes = emptyHashes(160);
    const counted = await countKnown({
      modality: imageFiles,
      examples: samples,
      hashes,
      store,
      views: undefined,
      budgetMs: 0,
    });
    const looked = samples.filter((_, index) => hashAt(hashes, index).some((byte) => byte !== 0));
    expect(looked).toHaveLength(16);
    expect(Math.abs(counted.known - 80)).toBeLessThanOrEqual(10);
  });

  it('knows nothing without a store, and reads nothing then', async () => {
    const samples = [{ file: 'not/there.png', label: 0 }];
    const counted = await countKnown({
      modality: imageFiles,
      examples: samples,
      hashes: emptyHashes(1),
      store: undefined,
      views: 4,
    });
    expect(counted).toEqual({ total: 4, known: 0, lacking: samples, knownKeys: [] });
  });

  it('counts nothing of no images', async () => {
    const options = {
      modality: imageFiles,
      examples: [],
      hashes: emptyHashes(0),
      store: storeOf([]),
      views: undefined,
    };
    expect(await countKnown(options)).toEqual({ total: 0, known: 0, lacking: [], knownKeys: [] });
  });
});
