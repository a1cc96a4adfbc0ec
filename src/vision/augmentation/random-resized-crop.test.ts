import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/tensor/random.ts';
import { cropAffine, drawCrop, USUAL_CROP } from './random-resized-crop.ts';

const SIZE = { height: 100, width: 200 };

describe('drawCrop', () => {
  it('draws parts of the area and the aspect that were asked for, everywhere in the image', () => {
    const random = createRandom(1);
    const boxes = Array.from({ length: 500 }, () => drawCrop(USUAL_CROP, SIZE, random));
    for (const { left, top, width, height } of boxes) {
      expect(width * height).toBeGreaterThan(0.078 * 20_000);
      expect(width / height).toBeGreaterThan(0.72);
      expect(width / height).toBeLessThan(1.38);
      expect(
        Math.min(left, top, SIZE.width - left - width, SIZE.height - top - height),
      ).toBeGreaterThanOrEqual(0);
    }
    expect(Math.min(...boxes.map(({ left }) => left))).toBeLessThan(5);
    expect(Math.max(...boxes.map(({ left, width }) => left + width))).toBeGreaterThan(195);
  });

  it('takes the largest part of a fitting aspect in the middle, where nothing that is drawn fits', () => {
    const whole = { scale: [1, 1], ratio: [1, 1] } as const;
    expect(drawCrop(whole, SIZE, createRandom(1))).toEqual({ left: 50, top: 0, width: 100, height: 100 });
    expect(drawCrop({ scale: [1, 1], ratio: [4, 4] }, SIZE, createRandom(1))).toEqual({
      left: 0,
      top: 25,
      width: 200,
      height: 50,
    });
  });
});

it('cropAffine leads from the corners of the view to those of the part', () => {
  const [a, b, c, d, e, f] = cropAffine({ left: 20, top: 10, width: 50, height: 25 }, SIZE);
  const place = (x: number, y: number) => [a * x + b * y + c, d * x + e * y + f];
  // Edges lie half a pixel beyond the middle of the outermost pixels.
  expect(place(-0.5, -0.5)).toEqual([19.5, 9.5]);
  expect(place(199.5, 99.5)).toEqual([69.5, 34.5]);
});
