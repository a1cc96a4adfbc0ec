import { describe, expect, it } from 'vitest';
import { indexOfLargest, logSoftmax, oneHot, sigmoid, softmax } from './probabilities.ts';

const CLOSE = { atol: 0, rtol: 1e-12 };

describe('sigmoid', () => {
  it('keeps small probabilities, and overflows nowhere', () => {
    expect([sigmoid(0), sigmoid(-40), sigmoid(40), sigmoid(-1000), sigmoid(1000)]).toBeAllClose(
      [0.5, Math.exp(-40), 1, 0, 1],
      CLOSE,
    );
    expect(1 - sigmoid(20)).toBeGreaterThan(0);
  });
});

describe('softmax', () => {
  it('is a distribution for each row, however large the logits are', () => {
    const rows = Float32Array.of(0, Math.log(3), 2000, 2000, -2000, 2000);
    expect(softmax(rows, 3)).toBeAllClose([0.25, 0.75, 0.5, 0.5, 0, 1], { atol: 1e-7, rtol: 0 });
    expect(logSoftmax(Float32Array.of(1000, 0), 1)).toBeAllClose([0, -1000], CLOSE);
    expect(softmax(new Float32Array(0), 0)).toEqual(new Float64Array(0));
  });
});

describe('oneHot', () => {
  it('has a row for each index', () => {
    expect([...oneHot([2, 0], 3)]).toEqual([0, 0, 1, 1, 0, 0]);
  });
});

describe('indexOfLargest', () => {
  it('takes the first of equals', () => {
    expect(indexOfLargest([1, 3, 3, 2])).toBe(1);
  });
});
