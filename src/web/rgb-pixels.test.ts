import { describe, expect, it } from 'vitest';
import { rgbPixels } from './rgb-pixels.ts';

describe('rgbPixels', () => {
  it('drops alpha, and blends what is transparent on white', () => {
    const data = Uint8ClampedArray.of(10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 200, 51);
    expect([...rgbPixels({ data, width: 3, height: 1 })]).toEqual([10, 20, 30, 255, 255, 255, 204, 224, 244]);
  });
});
