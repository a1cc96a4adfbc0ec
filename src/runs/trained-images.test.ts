import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeImageFilter, encodeImageFilter } from '../vision/images/image-filter.ts';
import { findTrainedImages } from './trained-images.ts';

/** Hashes of made-up images. */
function hashesOf(from: number, count: number): Uint8Array {
  const hashes = new Uint8Array(count * 32);
  for (let i = 0; i < count; i++)
    hashes.set(
      createHash('sha256')
        .update(`${from + i}`)
        .digest(),
      i * 32,
    );
  return hashes;
}

const trainedOn = (count: number) => decodeImageFilter(encodeImageFilter(hashesOf(0, count), 1))!;

describe('images that a model was trained on', () => {
  it('are found one by one, where it was trained on few', () => {
    const found = findTrainedImages(trainedOn(100), { hashes: hashesOf(97, 10) });
    expect([...found.positions]).toEqual([0, 1, 2]);
    expect(found.isBeyondChance).toBe(true);
    expect(found.estimate).toBeAllClose(3, { atol: 1e-6, rtol: 0 });
    expect(found.expectedByChance).toBeLessThan(1e-6);
  });

  it('are none of others, nor of those that cannot be read', () => {
    for (const hashes of [hashesOf(500, 50), new Uint8Array(50 * 32)]) {
      const { positions, isBeyondChance, estimate } = findTrainedImages(trainedOn(100), { hashes });
      expect({ size: positions.size, isBeyondChance, estimate: Math.round(estimate) }).toEqual({
        size: 0,
        isBeyondChance: false,
        estimate: 0,
      });
    }
  });

  it('are told from mistakes by their number, where it was trained on very many', () => {
    const filter = trainedOn(100_000);
    const others = findTrainedImages(filter, { hashes: hashesOf(200_000, 2000) });
    expect(others.positions.size).toBeGreaterThan(40);
    expect(others.isBeyondChance).toBe(false);
    const mixed = findTrainedImages(filter, { hashes: hashesOf(99_800, 2000) });
    expect(mixed.isBeyondChance).toBe(true);
    expect(mixed.estimate).toBeAllClose(200, { atol: 50, rtol: 0 });
  });
});
