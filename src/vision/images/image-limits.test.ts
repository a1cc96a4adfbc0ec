import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { imageLimits, limitsFor, megapixelsFor } from './image-limits.ts';

describe('imageLimits', () => {
  it('lets through what the largest phone camera takes', () => {
    expect(imageLimits({})).toEqual({ pixels: 200e6, decodeBytes: 512e6 });
    expect(16_320 * 12_240).toBeLessThan(imageLimits({}).pixels);
  });

  it('is raised by an environment variable, as far as an image needs', () => {
    expect(imageLimits({ GRAFT_MAX_IMAGE_MEGAPIXELS: '400' })).toEqual({
      pixels: 400e6,
      decodeBytes: 1024e6,
    });
    for (const image of [
      { pixels: 268e6, decodeBytes: 0 },
      { pixels: 81e6, decodeBytes: 712.8e6 },
      { pixels: 200e6 + 1, decodeBytes: 512e6 + 1 },
    ]) {
      const limits = limitsFor(megapixelsFor(image));
      expect(limits.pixels).toBeGreaterThanOrEqual(image.pixels);
      expect(limits.decodeBytes).toBeGreaterThanOrEqual(image.decodeBytes);
    }
  });

  it.each(['many', '0', '-1', 'Infinity'])('refuses %j', (said) => {
    expect(() => imageLimits({ GRAFT_MAX_IMAGE_MEGAPIXELS: said })).toThrow(
      withMessage(
        `environment variable GRAFT_MAX_IMAGE_MEGAPIXELS: expected a number of megapixels above 0, received "${said}". Leave it out for 200.`,
      ),
    );
  });
});
