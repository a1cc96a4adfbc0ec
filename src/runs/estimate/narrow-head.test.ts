import { describe, expect, it } from 'vitest';
import type { DenseHead } from '../../core/steps/dense-step.ts';
import { narrowed, weightsOf } from './narrow-head.ts';

const head = (...units: number[]): DenseHead => {
  let inputs = 100;
  const layers = units.map((each, index) => {
    const layer = {
      name: `dense_${index}`,
      units: each,
      activation: 'linear' as const,
      kernel: new Float32Array(inputs * each).fill(1),
      bias: new Float32Array(each),
    };
    inputs = each;
    return layer;
  });
  return { inputs: 100, layers };
};

describe('narrowed', () => {
  it('leaves a small head as it is', () => {
    const small = head(10, 2);
    expect(narrowed(small, weightsOf(small))).toBe(small);
  });

  it('has fewer units in hidden layers, the same inputs and outputs, and kernels that fit', () => {
    const large = head(400, 300, 3);
    expect(weightsOf(large)).toBe(101 * 400 + 401 * 300 + 301 * 3);
    const narrow = narrowed(large, 20_000);
    expect(weightsOf(narrow)).toBeLessThanOrEqual(20_000);
    expect(weightsOf(narrow)).toBeGreaterThan(8000);
    let inputs = 100;
    for (const { units, kernel, bias } of narrow.layers) {
      expect([kernel.length, bias?.length]).toEqual([inputs * units, units]);
      inputs = units;
    }
    expect(inputs).toBe(3);
  });

  it('gives up where it is the classes that are many', () => {
    expect(narrowed(head(2, 500), 100).layers.map(({ units }) => units)).toEqual([1, 500]);
  });
});
