import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { createRandom } from '../tensor/random.ts';
import { bestOfMany } from './best-of-many.ts';

/** Answers of a candidate that is right with some probability. */
function guesses(images: number, accuracy: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length: images }, () => (random.integer(1000) < accuracy * 1000 ? 1 : 0));
}

const fraction = (right: Uint8Array) => right.reduce((sum, each) => sum + each, 0) / right.length;

describe('bestOfMany', () => {
  it('of many that only guess, is not taken in by the luckiest', () => {
    const images = 100;
    const candidates = Array.from({ length: 50 }, (_, seed) => guesses(images, 0.5, seed));
    const luckiest = Math.max(...candidates.map(fraction));
    expect(luckiest).toBeGreaterThan(0.6);
    const { accuracy, interval } = bestOfMany(candidates)!;
    // The truth is 0.5; half of the luck of these very images stays in any estimate from them.
    expect(accuracy).toBeLessThan((luckiest + 0.5) / 2 + 0.02);
    expect(accuracy).toBeGreaterThan(0.45);
    expect(interval[0]).toBeLessThan(0.5);
    expect(interval[1]).toBeGreaterThan(accuracy);
  });

  it('is the accuracy itself where there was nothing to choose from', () => {
    const only = guesses(400, 0.8, 3);
    expect(bestOfMany([only])!.accuracy).toBeAllClose(fraction(only), { atol: 0.005, rtol: 0 });
  });

  it('takes the first of equals, and gives the same numbers for the same seed', () => {
    const [a, b] = [guesses(60, 0.7, 1), guesses(60, 0.7, 2)];
    expect(bestOfMany([a, b, a], 5)).toEqual(bestOfMany([a, b], 5));
    expect(bestOfMany([a, b], 5)).not.toEqual(bestOfMany([a, b], 6));
  });

  it('knows nothing of fewer than two images', () => {
    expect(bestOfMany([Uint8Array.of(1), Uint8Array.of(0)])).toBeUndefined();
  });

  it('knows nothing where a candidate is always right: its draws would promise certainty', () => {
    expect(bestOfMany([guesses(30, 0.8, 1), new Uint8Array(30).fill(1)])).toBeUndefined();
  });

  it('refuses candidates that answered other images', () => {
    expect(() => bestOfMany([new Uint8Array(3), new Uint8Array(2)])).toThrow(
      withMessage(
        'best of many: expected candidates with answers on the same images, received 3, 2 answers. ' +
          'Evaluate all on the same images, in the same order.',
      ),
    );
  });
});
