import { describe, expect, it } from 'vitest';
import { saying } from '../../tests/support/saying.ts';
import { bytesNeeded, requireMemory } from './memory.ts';

describe('requireMemory', () => {
  const need = { pictures: 1000, featureWidth: 37_632, trainableWeights: 38_537_217, slots: 1 };

  it('adds up features, weights and slots', () => {
    expect(bytesNeeded(need)).toEqual({ features: 150_528_000, weights: 616_595_472, total: 767_123_472 });
  });

  it('lets through what fits', () => {
    expect(() => requireMemory(need, 2e9)).not.toThrow();
  });

  it('refuses what does not, with the sum', () => {
    expect(() => requireMemory(need, 0.9e9)).toThrow(
      saying(
        "head: expected at most 0.7 GB (80 % of this machine's memory), received 0.8 GB: features 1000 x 37632 x 4 bytes = 0.2 GB, weights and optimiser 38537217 x 4 x 4 bytes = 0.6 GB. Pool the features (--head gap), use fewer units, a smaller --size, or a later --cut.",
      ),
    );
  });
});
