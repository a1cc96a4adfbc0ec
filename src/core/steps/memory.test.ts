import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import { layers } from '../layers/layers.ts';
import { splitAtFreezeBoundary } from './freeze-boundary.ts';
import { bytesNeeded, requireKernelMemory, requireMemory } from './memory.ts';

describe('requireMemory', () => {
  const need = {
    images: 1000,
    featureWidth: 37_632,
    featureBytes: 4,
    trainableWeights: 38_537_217,
    slots: 1,
  };

  it('adds up features, weights and slots', () => {
    expect(bytesNeeded(need)).toEqual({ features: 150_528_000, weights: 462_446_604, total: 612_974_604 });
  });

  it('counts no more of the features than are held in memory', () => {
    expect(bytesNeeded({ ...need, mostFeatureBytes: 64e6 }).features).toBe(64e6);
    expect(bytesNeeded({ ...need, featureBytes: 2 }).features).toBe(75_264_000);
  });

  it('lets through what fits', () => {
    expect(() => requireMemory(need, 2e9)).not.toThrow();
  });

  it('refuses what does not, with the sum', () => {
    expect(() => requireMemory(need, 0.7e9)).toThrow(
      withMessage(
        "head: expected at most 0.6 GB (80 % of this machine's memory), received 0.6 GB: features 1,000 x 37,632 x 4 bytes = 0.2 GB, weights and optimizer 38,537,217 x 3 x 4 bytes = 0.5 GB. Pool the features (--head gap), use fewer units, a smaller --size, or a later --cut.",
      ),
    );
  });
});

describe('requireKernelMemory', () => {
  const partOf = (units: number) => {
    const features = input({ shape: [1000] });
    const hidden = layers
      .dropout({ rate: 0.2 })
      .apply(layers.dense({ units, activation: 'relu' }).apply(features));
    return splitAtFreezeBoundary(
      new Functional({ inputs: features, outputs: layers.dense({ units: 1 }).apply(hidden) }),
    );
  };

  it('lets through what the kernel can address', () => {
    expect(() => requireKernelMemory(partOf(1000), 2, 32)).not.toThrow();
  });

  it('refuses what it cannot, with the sum', () => {
    expect(() => requireKernelMemory(partOf(400_000), 2, 32)).toThrow(
      /^dense step: expected at most 4\.29 GB \(what the kernel can address\), received 5\.\d\d GB: 400800001 weights x 3 \(with 2 slots\) x 4 bytes = 4\.\d\d GB, and [\d.]+ MB for a batch of 32\. /,
    );
  });
});
