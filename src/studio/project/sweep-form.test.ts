import { describe, expect, it } from 'vitest';
import { parseHead } from '../../recipe/head-spec.ts';
import { sweepChoice, sweepFields } from './sweep-form.ts';

describe('the form of a sweep', () => {
  it('becomes axes of graft sweep, and what all combinations share', () => {
    expect(
      sweepChoice({ tryHeads: ' linear; gap,dense:8:relu ;', tryLearningRates: '1e-2, 1e-3', seed: '7' }),
    ).toEqual({
      flags: ['--heads=linear;gap,dense:8:relu', '--lrs=1e-2,1e-3'],
      axes: { heads: [parseHead('linear'), parseHead('gap,dense:8:relu')], learningRates: [0.01, 0.001] },
      shared: { seed: '7' },
    });
    expect(sweepChoice({ tryHeads: ' ', epochs: '5' })).toEqual({
      flags: [],
      axes: {},
      shared: { epochs: '5' },
    });
    expect(sweepFields().map(({ flag }) => flag)).toEqual(['--heads', '--lrs', '--optimizers', '--cuts']);
  });

  it('refuses what is no value of a field, before anything begins', () => {
    expect(() => sweepChoice({ tryLearningRates: '1e-2,fast' })).toThrow(/received "fast"/);
    expect(() => sweepChoice({ tryOptimizers: 'adam,--out=/tmp' })).toThrow(/received "--out=\/tmp"/);
  });
});
