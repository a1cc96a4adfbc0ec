import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/tensor/random.ts';
import { findFaults } from './image-faults.ts';
import { decodeLook, encodeLook, LOOK_SIZE, lookAt } from './image-look.ts';
import { findNearDuplicates } from './near-duplicates.ts';

type Painter = (x: number, y: number) => number;

/** A drawing of smooth blobs. */
function blobs(seed: number): Painter {
  const random = createRandom(seed);
  const all = Array.from({ length: 12 }, () => [
    random.uniform(),
    random.uniform(),
    0.05 + 0.2 * random.uniform(),
  ]);
  return (x, y) =>
    110 +
    all.reduce(
      (sum, [cx, cy, r], i) =>
        sum + (i % 2 ? -60 : 60) * Math.exp(-((x - cx!) ** 2 + (y - cy!) ** 2) / r! ** 2),
      0,
    );
}

function lookOf(paint: Painter, size = { width: 400, height: 300 }) {
  const pixels = new Uint8Array(LOOK_SIZE * LOOK_SIZE * 3);
  for (let y = 0; y < LOOK_SIZE; y++) {
    for (let x = 0; x < LOOK_SIZE; x++) {
      const value = Math.min(255, Math.max(0, Math.round(paint(x / LOOK_SIZE, y / LOOK_SIZE))));
      pixels.fill(value, (y * LOOK_SIZE + x) * 3, (y * LOOK_SIZE + x + 1) * 3);
    }
  }
  return lookAt(pixels, size);
}

describe('near duplicates', () => {
  it('are brighter, mirrored and cropped in the middle; others are not', async () => {
    const one = blobs(1);
    const looks = [
      one,
      blobs(2),
      (x: number, y: number) => 30 + 0.8 * one(x, y),
      (x: number, y: number) => one(1 - x, y),
      (x: number, y: number) => one(0.1 + 0.8 * x, 0.1 + 0.8 * y),
      blobs(3),
    ].map((paint) => lookOf(paint));
    const pairs = await findNearDuplicates(looks);
    expect(new Set(pairs.flatMap(({ a, b }) => [a, b]))).toEqual(new Set([0, 2, 3, 4]));
    expect(pairs.filter(({ a }) => a === 0).map(({ b }) => b)).toEqual([2, 3, 4]);
  });

  it('are looked for among neighbors of features, where hashes say nothing: a crop at a corner', async () => {
    const one = blobs(1);
    const looks = [one, (x: number, y: number) => one(0.17 * 1 + 0.83 * x, 0.83 * y)].map((paint) =>
      lookOf(paint),
    );
    const neighbors = { k: 1, indices: Uint32Array.of(1, 0), cosines: Float32Array.of(0.9, 0.9) };
    expect((await findNearDuplicates(looks, { neighbors })).map(({ a, b }) => [a, b])).toEqual([[0, 1]]);
  });

  it('are none among images of one color, or that cannot be read', async () => {
    const plain = lookOf(() => 90);
    expect(await findNearDuplicates([plain, lookOf(() => 91), undefined, plain])).toEqual([]);
  });
});

describe('a look', () => {
  it('comes back from bytes as it was', () => {
    const look = lookOf(blobs(4));
    const again = decodeLook(encodeLook(look));
    expect(again.thumbnail).toEqual(look.thumbnail);
    expect([again.hashes, again.mirroredHashes]).toEqual([look.hashes, look.mirroredHashes]);
    expect([again.width, again.height]).toEqual([400, 300]);
    expect(again.sharpness).toBeCloseTo(look.sharpness, 3);
  });

  it.each<[string, Painter, { width: number; height: number }, string[]]>([
    ['nothing', (x, y) => blobs(1)(x, y) + (Math.floor(x * 64) % 2) * 40, { width: 400, height: 300 }, []],
    ['one color', () => 120, { width: 400, height: 300 }, ['blank']],
    ['night', (x) => 10 * x, { width: 400, height: 300 }, ['blank']],
    ['dusk', (x) => 30 * x, { width: 400, height: 300 }, ['dark']],
    ['snow', (x) => 225 + 30 * x, { width: 400, height: 300 }, ['bright']],
    ['a blur', (x) => 60 + 120 * x, { width: 400, height: 300 }, ['blurred']],
    ['a stamp', (x) => 60 + 120 * x, { width: 30, height: 30 }, ['tiny']],
    [
      'a ribbon',
      (x, y) => blobs(1)(x, y) + (Math.floor(x * 64) % 2) * 40,
      { width: 900, height: 200 },
      ['narrow'],
    ],
  ])('tells of %s', (_, paint, size, faults) => {
    expect(findFaults(lookOf(paint, size))).toEqual(faults);
  });
});
