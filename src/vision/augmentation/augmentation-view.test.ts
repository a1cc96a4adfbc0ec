import { describe, expect, it } from 'vitest';
import { AUGMENTATION_PRESETS, type AugmentationSpec, NO_AUGMENTATION } from './augmentation-spec.ts';
import { IDENTITY } from './augmentation-transform.ts';
import { drawTransform } from './augmentation-view.ts';

const SIZE = { height: 100, width: 200 };
const EVERYTHING: AugmentationSpec = {
  ...AUGMENTATION_PRESETS.geometric,
  shear: 5,
  verticalFlip: true,
  brightness: [0.5, 1.5],
  contrast: [0.6, 1.2],
  saturation: [0, 2],
};

/** The numbers of many views, [view][parameter]. */
const drawn = Array.from({ length: 400 }, (_, i) =>
  Object.values(
    drawTransform(EVERYTHING, SIZE, 1, {
      key: `horses/horse0${i % 10}.png`,
      epoch: Math.floor(i / 10) % 10,
      view: Math.floor(i / 100),
    }),
  ).map(Number),
);
const column = (parameter: number): number[] => drawn.map((view) => view[parameter]!);
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

describe('drawTransform', () => {
  it('changes nothing where nothing is asked for', () => {
    expect(drawTransform(NO_AUGMENTATION, SIZE, 1, { key: 'a', epoch: 3 })).toEqual(IDENTITY);
  });

  it('depends on seed, image, epoch and view, and on nothing else', () => {
    const draw = (seed: number, key: string, epoch: number, view: number) =>
      drawTransform(EVERYTHING, SIZE, seed, { key, epoch, view });
    const once = draw(1, 'a', 2, 3);
    const others = [draw(2, 'a', 2, 3), draw(1, 'b', 2, 3), draw(1, 'a', 3, 3), draw(1, 'a', 2, 4)];
    for (const other of others) expect(other.theta).not.toBe(once.theta);
    expect(draw(1, 'a', 2, 3)).toEqual(once);
    expect(drawTransform(EVERYTHING, SIZE, 1, { key: 'a', epoch: 2 })).toEqual(draw(1, 'a', 2, 0));
  });

  it('leaves the other changes as they are when one is switched off', () => {
    const id = { key: 'a', epoch: 0 };
    const { theta, ...rest } = drawTransform(EVERYTHING, SIZE, 5, id);
    expect(theta).not.toBe(0);
    expect(drawTransform({ ...EVERYTHING, rotation: 0 }, SIZE, 5, id)).toEqual({ ...rest, theta: 0 });
  });

  it('draws crops and operations from streams of their own, and leaves everything else as it was', () => {
    const id = { key: 'a', epoch: 0 };
    const without = drawTransform(EVERYTHING, SIZE, 5, id);
    const randomResizedCrop = { scale: [0.3, 0.6], ratio: [1, 1] } as const;
    const randAugment = { numOps: 3, magnitude: 9 };
    const both = drawTransform({ ...EVERYTHING, randomResizedCrop, randAugment }, SIZE, 5, id);
    const { crop, operations, ...rest } = both;
    expect({ ...rest, crop: undefined, operations: undefined }).toEqual(without);
    expect(operations).toHaveLength(3);
    expect(drawTransform({ ...EVERYTHING, randomResizedCrop }, SIZE, 5, id).crop).toEqual(crop);
    expect(drawTransform({ ...EVERYTHING, randAugment }, SIZE, 5, id).operations).toEqual(operations);
    expect(drawTransform({ ...EVERYTHING, randAugment }, SIZE, 6, id).operations).not.toEqual(operations);
  });

  it.each([
    ['theta', 0, -40, 40],
    ['tx', 1, -40, 40],
    ['ty', 2, -20, 20],
    ['shear', 3, -5, 5],
    ['zx', 4, 0.8, 1.2],
    ['zy', 5, 0.8, 1.2],
    ['brightness', 8, 0.5, 1.5],
    ['contrast', 9, 0.6, 1.2],
    ['saturation', 10, 0, 2],
  ] as const)('draws %s evenly from its whole range', (name, parameter, low, high) => {
    expect(Object.keys(IDENTITY)[parameter]).toBe(name);
    const values = column(parameter);
    const width = high - low;
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
    expect(Math.min(...values)).toBeLessThan(low + 0.05 * width);
    expect(Math.max(...values)).toBeLessThanOrEqual(high);
    expect(Math.max(...values)).toBeGreaterThan(high - 0.05 * width);
    // Four standard errors of a uniform mean.
    expect(Math.abs(mean(values) - (low + high) / 2)).toBeLessThan((4 * width) / Math.sqrt(12 * 400));
  });

  it.each([6, 7])('flips about half of the views', (parameter) => {
    expect(Math.abs(mean(column(parameter)) - 0.5)).toBeLessThan(4 * 0.025);
  });

  it('draws the parameters independently', () => {
    const normed = PARAMETERS.map((parameter) => {
      const values = column(parameter);
      const center = mean(values);
      const spread = Math.sqrt(mean(values.map((x) => (x - center) ** 2)));
      return values.map((x) => (x - center) / spread);
    });
    normed.forEach((a, i) => {
      for (const b of normed.slice(i + 1)) {
        // Four standard errors of a correlation of 0.
        expect(Math.abs(mean(a.map((x, view) => x * b[view]!)))).toBeLessThan(4 / Math.sqrt(400));
      }
    });
  });
});

const PARAMETERS = Object.keys(IDENTITY).map((_, parameter) => parameter);
