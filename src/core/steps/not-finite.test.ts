import { describe, expect, it } from 'vitest';
import { findNotFinite } from './not-finite.ts';

const find = (weights: Record<string, number[]>, slots: Record<string, number[]> = {}) =>
  findNotFinite({
    async readState() {
      const mapped = (numbers: Record<string, number[]>) =>
        new Map(Object.entries(numbers).map(([key, values]) => [key, Float32Array.from(values)]));
      return { iteration: 3, weights: mapped(weights), slots: mapped(slots) };
    },
  });

describe('findNotFinite', () => {
  it('finds nothing where all is finite', async () => {
    expect(await find({ 'dense/kernel': [1, -2] }, { 'dense/kernel/velocity': [0] })).toBeUndefined();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'names the first weight with %s',
    async (bad) => {
      const weights = { 'a/kernel': [1], 'a/bias': [0, bad], 'b/kernel': [bad] };
      expect(await find(weights)).toEqual({ layer: 'a', weight: 'bias' });
    },
  );

  it('names a slot only where all weights are finite', async () => {
    const slots = { 'a/kernel/velocity': [1], 'block/b/kernel/velocity': [Number.NaN] };
    expect(await find({ 'a/kernel': [1] }, slots)).toEqual({
      layer: 'block/b',
      weight: 'kernel',
      slot: 'velocity',
    });
    expect(await find({ 'z/kernel': [Number.NaN] }, slots)).toEqual({ layer: 'z', weight: 'kernel' });
  });
});
