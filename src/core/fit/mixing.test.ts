import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { createRandom } from '../tensor/random.ts';
import { cutMix, mixUp } from './mixing.ts';

const SIZE = { height: 6, width: 9, channels: 2 };
const LENGTH = 6 * 9 * 2;

/** Three images that are one number throughout, one class each. */
function images<T extends Float32Array | Uint8Array>(make: (length: number) => T) {
  const values = make(3 * LENGTH);
  for (const [i, value] of [10, 20, 60].entries()) values.fill(value, i * LENGTH, (i + 1) * LENGTH);
  return { values, targets: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), size: 3 };
}

/** Each sample with the one before it. */
const blended = (lambda: number) => (own: number, other: number) => lambda * own + (1 - lambda) * other;
const targetsFor = (l: number) => [l, 0, 1 - l, 1 - l, l, 0, 0, 1 - l, l];

describe('mixUp', () => {
  it('blends values and targets by the same lambda', () => {
    const random = createRandom(1);
    for (let n = 0; n < 20; n++) {
      const batch = images((length) => new Float32Array(length));
      const { values, targets, lambda } = mixUp(batch, random, { alpha: 0.4 });
      const mix = blended(lambda);
      const expected = [mix(10, 60), mix(20, 10), mix(60, 20)];
      expect(values).toBeAllClose(
        Float32Array.from(values, (_, i) => expected[Math.floor(i / LENGTH)]!),
        { atol: 1e-5, rtol: 1e-6 },
      );
      expect(targets).toBeAllClose(targetsFor(lambda), { atol: 1e-6, rtol: 0 });
      expect(batch).toEqual(images((length) => new Float32Array(length)));
    }
  });

  it('rounds bytes', () => {
    const batch = images((length) => new Uint8Array(length));
    const { values, lambda } = mixUp(batch, createRandom(2));
    expect(values).toBeInstanceOf(Uint8Array);
    expect(values[0]).toBe(Math.round(blended(lambda)(10, 60)));
  });

  it('leaves a batch of one as it is', () => {
    const one = { values: Float32Array.of(3, 4), targets: Float32Array.of(0, 1), size: 1 };
    expect(mixUp(one, createRandom(1)).values).toBeAllClose([3, 4], { atol: 1e-6, rtol: 0 });
  });

  it.each([0.05, 0.2, 1, 3])(
    'draws lambda of Beta(%d, same): mean 1/2, variance 1 / (4 (2 alpha + 1))',
    (alpha) => {
      const random = createRandom(5);
      const batch = { values: Float32Array.of(0), targets: Float32Array.of(1), size: 1 };
      const drawn = Array.from({ length: 20_000 }, () => mixUp(batch, random, { alpha }).lambda);
      expect(drawn.every((lambda) => lambda >= 0 && lambda <= 1)).toBe(true);
      const mean = drawn.reduce((sum, lambda) => sum + lambda, 0) / drawn.length;
      const variance = drawn.reduce((sum, lambda) => sum + (lambda - 0.5) ** 2, 0) / drawn.length;
      expect(mean).toBeAllClose(0.5, { atol: 0.012, rtol: 0 });
      expect(variance).toBeAllClose(1 / (4 * (2 * alpha + 1)), { atol: 0, rtol: 0.03 });
    },
  );

  it('gives finite numbers for the smallest alphas', () => {
    const random = createRandom(9);
    const batch = { values: Float32Array.of(1, 2), targets: Float32Array.of(1, 0), size: 2 };
    for (let n = 0; n < 500; n++) {
      expect(mixUp(batch, random, { alpha: 1e-4 }).values.every(Number.isFinite)).toBe(true);
    }
  });

  it('does the same with the same seed', () => {
    const batch = images((length) => new Float32Array(length));
    expect(mixUp(batch, createRandom(7))).toEqual(mixUp(batch, createRandom(7)));
    expect(mixUp(batch, createRandom(7)).lambda).not.toBe(mixUp(batch, createRandom(8)).lambda);
  });

  it.each([0, -1, Number.NaN])('refuses alpha %d', (alpha) => {
    const batch = images((length) => new Float32Array(length));
    expect(() => mixUp(batch, createRandom(1), { alpha })).toThrow(
      withMessage(
        `mixup: expected alpha above 0, received ${alpha}. Take 0.2 for a little mixing, 1 for much.`,
      ),
    );
  });
});

describe('cutMix', () => {
  it('puts in a rectangle of the image before, in all images the same, and mixes targets by its area', () => {
    const random = createRandom(3);
    const fractions = new Set<number>();
    for (let n = 0; n < 60; n++) {
      const batch = images((length) => new Uint8Array(length));
      const { values, targets, lambda } = cutMix(batch, SIZE, random);
      const foreign = Array.from({ length: 54 }, (_, pixel) => values[2 * pixel] !== 10);
      const rows = Array.from({ length: 6 }, (_, y) => foreign.slice(9 * y, 9 * y + 9));
      const cut = rows.filter((row) => row.includes(true));
      // A rectangle: all rows that are touched look alike, and have their pixels side by side.
      for (const row of cut) {
        expect(row).toEqual(cut[0]);
        expect(row.lastIndexOf(true) - row.indexOf(true) + 1).toBe(row.filter(Boolean).length);
      }
      const area = foreign.filter(Boolean).length;
      expect(lambda).toBeAllClose(1 - area / 54, { atol: 1e-12, rtol: 0 });
      expect(targets).toBeAllClose(targetsFor(lambda), { atol: 1e-6, rtol: 0 });
      const own = [10, 20, 60];
      values.forEach((value, i) => {
        const sample = Math.floor(i / LENGTH);
        const pixel = Math.floor((i % LENGTH) / 2);
        expect(value).toBe(own[foreign[pixel] ? (sample + 2) % 3 : sample]);
      });
      expect(batch).toEqual(images((length) => new Uint8Array(length)));
      fractions.add(lambda);
    }
    expect(fractions.size).toBeGreaterThan(10);
  });

  it('refuses what are not images of that size', () => {
    const batch = { values: new Uint8Array(10), targets: new Float32Array(2), size: 2 };
    expect(() => cutMix(batch, SIZE, createRandom(1))).toThrow(
      withMessage(
        'cutmix: expected pixels [2, 6, 9, 2], received 10 numbers. Give images, not features, and their size.',
      ),
    );
  });
});
