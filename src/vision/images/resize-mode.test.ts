import { describe, expect, it } from 'vitest';
import { planResize } from './resize-mode.ts';

describe('planResize', () => {
  const square = { width: 224, height: 224 };

  it('squashes the whole image', () => {
    expect(planResize({ width: 640, height: 480 }, square, 'squash')).toEqual({
      resized: square,
      seen: { left: 0, top: 0, ...square },
      place: { left: 0, top: 0 },
    });
  });

  it('brings the shorter side of a cropped image to the size', () => {
    expect(planResize({ width: 640, height: 481 }, square, 'crop')).toEqual({
      resized: { width: 298, height: 224 },
      seen: { left: 37, top: 0, ...square },
      place: { left: 0, top: 0 },
    });
  });

  it('brings the longer side of a letterboxed image to the size', () => {
    expect(planResize({ width: 480, height: 641 }, square, 'letterbox')).toEqual({
      resized: { width: 168, height: 224 },
      seen: { left: 0, top: 0, width: 168, height: 224 },
      place: { left: 28, top: 0 },
    });
  });

  it('halves an odd difference to the even pixel, as Python rounds', () => {
    const cutOff = (width: number): number =>
      planResize({ width, height: 10 }, { width: 10, height: 10 }, 'crop').seen.left;
    expect([11, 12, 13, 14, 15].map(cutOff)).toEqual([0, 1, 2, 2, 2]);
  });

  it('leaves at least a line of the thinnest image', () => {
    const { seen, place } = planResize({ width: 30, height: 1 }, { width: 12, height: 12 }, 'letterbox');
    expect(seen).toEqual({ left: 0, top: 0, width: 12, height: 1 });
    expect(place).toEqual({ left: 0, top: 6 });
  });

  it('keeps to a size that is no square', () => {
    const wide = { width: 200, height: 100 };
    expect(planResize({ width: 300, height: 200 }, wide, 'crop').resized).toEqual({
      width: 200,
      height: 133,
    });
    expect(planResize({ width: 300, height: 200 }, wide, 'letterbox').resized).toEqual({
      width: 150,
      height: 100,
    });
  });
});
