import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { createRandom } from '../tensor/random.ts';
import { conformalScores, conformalThreshold, MAX_SCORES, predictionSet } from './conformal.ts';

/** Two classes: a probability of the second, and how often it is right. */
function drawn(count: number, seed: number): { probabilities: Float32Array; labels: Uint8Array } {
  const random = createRandom(seed);
  const probabilities = new Float32Array(count * 2);
  const labels = Uint8Array.from({ length: count }, (_, row) => {
    const second = random.uniform();
    probabilities.set([1 - second, second], row * 2);
    return Number(random.uniform() < second);
  });
  return { probabilities, labels };
}

describe('prediction sets', () => {
  it('hold the right class as often as was asked for, over 50 draws', () => {
    const confidence = 0.9;
    let covered = 0;
    for (let draw = 0; draw < 50; draw++) {
      const known = drawn(250, draw);
      const fresh = drawn(250, 1000 + draw);
      const threshold = conformalThreshold(conformalScores(known.probabilities, known.labels), confidence);
      fresh.labels.forEach((label, row) => {
        const probabilities = fresh.probabilities.subarray(row * 2, row * 2 + 2);
        const set = predictionSet(probabilities, threshold, { atLeastOne: false });
        if (set.includes(label)) covered++;
      });
    }
    // Of 12,500, with the spread of 250 calibration examples a draw.
    expect(covered / 12_500).toBeGreaterThan(0.89);
    expect(covered / 12_500).toBeLessThan(0.92);
  });

  it('are empty only where that is asked for, and have the most probable class first', () => {
    expect(predictionSet([0.2, 0.5, 0.3], 0.6)).toEqual([1]);
    expect(predictionSet([0.2, 0.5, 0.3], 0.6, { atLeastOne: false })).toEqual([]);
    expect(predictionSet([0.2, 0.5, 0.3], 0.25)).toEqual([1, 2]);
    expect(predictionSet([0.2, 0.5, 0.3], 0)).toEqual([1, 2, 0]);
  });

  it('hold all classes where too few examples are known for the confidence', () => {
    const { probabilities, labels } = drawn(18, 3);
    const scores = conformalScores(probabilities, labels);
    expect(conformalThreshold(scores, 0.95)).toBe(0);
    expect(conformalThreshold(scores, 0.9)).toBeGreaterThan(0);
  });

  it('move by 0.1% of the examples at most where scores are told by quantiles', () => {
    const { probabilities, labels } = drawn(4321, 4);
    const { scores, examples } = conformalScores(probabilities, labels);
    expect([scores.length, examples]).toEqual([MAX_SCORES, 4321]);
    const threshold = conformalThreshold({ scores, examples }, 0.9);
    const below = labels.reduce(
      (count, label, row) => count + Number(probabilities[row * 2 + label]! >= threshold),
      0,
    );
    expect(below / 4321).toBeGreaterThanOrEqual(0.9);
    expect(below / 4321).toBeLessThan(0.902);
  });

  it('refuse a confidence that is none', () => {
    expect(() => conformalThreshold({ examples: 1, scores: [0.5] }, 1)).toThrow(
      withMessage(
        'prediction sets: expected a confidence between 0 and 1, received 1. Usual are 0.9 and 0.95.',
      ),
    );
  });
});
