import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaUnderRoc, auc } from './auc.ts';

const scores = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 20 });

describe('areaUnderRoc', () => {
  it('is the fraction of pairs that are in order, ties as half', () => {
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        let wins = 0;
        for (const high of positives)
          for (const low of negatives) wins += high > low ? 1 : high === low ? 0.5 : 0;
        expect(areaUnderRoc(positives, negatives)).toBeAllClose(
          wins / (positives.length * negatives.length),
          {
            atol: 1e-12,
            rtol: 0,
          },
        );
      }),
    );
  });

  it('is not defined without both', () => {
    expect(areaUnderRoc([], [1])).toBeUndefined();
    expect(areaUnderRoc([1], [])).toBeUndefined();
  });
});

describe('auc', () => {
  it('tells logits apart whose sigmoids round to 1', () => {
    const metric = auc();
    metric.update(Float32Array.of(60, 50), Float32Array.of(1, 0), 2);
    expect(metric.result()).toBe(1);
  });

  it('is 0 while positives or negatives are missing; such an output does not count in the mean', () => {
    const pooled = auc();
    pooled.update(Float32Array.of(1, 2), Float32Array.of(1, 1), 2);
    expect(pooled.result()).toBe(0);
    const each = auc({ multiLabel: true });
    each.update(Float32Array.of(1, 0, 2, 0), Float32Array.of(0, 1, 1, 1), 2);
    expect(each.result()).toBe(1);
  });
});
