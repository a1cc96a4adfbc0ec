/** @file Tokens are drawn by their probabilities, from among those that may be. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/tensor/random.ts';
import { type Sampler, samplers } from './samplers.ts';

const PROBABILITIES = [0.1, 0.5, 0.15, 0.05, 0.2];
const LOGITS = Float32Array.from(PROBABILITIES, (p) => Math.log(p) + 3);

/** How often each token is drawn, as fractions. */
function frequencies(sampler: Sampler, ids: readonly number[] = []): number[] {
  const random = createRandom(4);
  const counts = PROBABILITIES.map(() => 0);
  const draws = 6000;
  for (let i = 0; i < draws; i++) counts[sampler.choose(LOGITS, ids, random)]! += 1;
  return counts.map((count) => count / draws);
}

function expectClose(got: readonly number[], expected: readonly number[]): void {
  got.forEach((fraction, id) => {
    expect(Math.abs(fraction - expected[id]!), `token ${id}: ${fraction}`).toBeLessThan(0.025);
  });
}

describe('samplers', () => {
  it('take the likeliest, the first of equal ones', () => {
    const random = createRandom(1);
    expect(samplers.greedy().choose(LOGITS, [], random)).toBe(1);
    expect(samplers.greedy().choose(Float32Array.of(0, 2, 2), [], random)).toBe(1);
  });

  it('draw by probability', () => expectClose(frequencies(samplers.random()), PROBABILITIES));

  it('sharpen by a low temperature', () => {
    const squares = PROBABILITIES.map((p) => p * p);
    const sum = squares.reduce((a, b) => a + b);
    expectClose(
      frequencies(samplers.random({ temperature: 0.5 })),
      squares.map((square) => square / sum),
    );
  });

  it('draw among the k likeliest', () => {
    expectClose(frequencies(samplers.topK({ k: 2 })), [0, 5 / 7, 0, 0, 2 / 7]);
  });

  it('draw among those that come to p', () => {
    expectClose(frequencies(samplers.topP({ p: 0.69 })), [0, 5 / 7, 0, 0, 2 / 7]);
    expectClose(frequencies(samplers.topP({ p: 0.71 })), [0, 50 / 85, 15 / 85, 0, 20 / 85]);
    expectClose(frequencies(samplers.topP({ p: 0.99, k: 1 })), [0, 1, 0, 0, 0]);
  });

  it('make tokens of the text less likely, whatever the sign of their logits', () => {
    const sampler = samplers.greedy({ repetitionPenalty: 2 });
    const random = createRandom(1);
    expect(sampler.choose(Float32Array.of(3, 2, 1), [0], random)).toBe(1);
    expect(sampler.choose(Float32Array.of(-1, -1.5, -5), [0, 0], random)).toBe(1);
    const logits = Float32Array.of(3, 2);
    sampler.choose(logits, [0], random);
    expect(logits).toEqual(Float32Array.of(3, 2));
  });

  it.each([
    [() => samplers.random({ temperature: 0 }), 'a temperature above 0, received 0'],
    [() => samplers.topK({ k: 0 }), 'a whole k from 1 on, received 0'],
    [() => samplers.topP({ p: 1.5 }), 'a p above 0 and up to 1, received 1.5'],
    [() => samplers.greedy({ repetitionPenalty: 0.5 }), 'a repetitionPenalty from 1 on, received 0.5'],
  ])('refuse what is out of range: %#', (make, message) => {
    expect(make).toThrow(`sampler: expected ${message}. Correct it, or leave it out for the default.`);
  });
});
