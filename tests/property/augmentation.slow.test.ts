import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWarpKernel } from '../../src/core/kernels/warp-kernel.ts';
import { loadKernel } from '../../src/node/runtime/kernel-files.ts';
import { applyTransform, createAugmenter } from '../../src/vision/augmentation/augmentation.ts';
import {
  type AugmentationSpec,
  augmentationSchema,
  FILL_MODES,
  type Range,
} from '../../src/vision/augmentation/augmentation-spec.ts';
import { describeAugmentation } from '../../src/vision/augmentation/augmentation-text.ts';
import { computeAffine, IDENTITY } from '../../src/vision/augmentation/augmentation-transform.ts';
import type { PixelGrid } from '../../src/vision/augmentation/image-warp.ts';

const module = await loadKernel('warp');
const kernel = createWarpKernel(module);

/** Any bytes, also when shrunk to few. */
const image = fc
  .tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 }), fc.integer())
  .chain(([height, width]) =>
    fc
      .uint8Array({ minLength: height * width * 3, maxLength: height * width * 3 })
      .map((pixels): PixelGrid => ({ height, width, pixels })),
  );
const fill = fc.constantFrom(...FILL_MODES);
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const range = (min: number): fc.Arbitrary<[number, number]> =>
  fc
    .tuple(fc.double({ min: min, max: 10, noNaN: true }), fc.double({ min: min, max: 10, noNaN: true }))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
const geometry = {
  rotation: fc.double({ min: 0, max: 180, noNaN: true }),
  widthShift: fraction,
  heightShift: fraction,
  shear: fc.double({ min: 0, max: 89, noNaN: true }),
  zoom: range(0.01),
  horizontalFlip: fc.boolean(),
  verticalFlip: fc.boolean(),
  fill,
  fillValue: fc.integer({ min: 0, max: 255 }),
};
const still = { brightness: [1, 1], contrast: [1, 1], saturation: [1, 1] } as const;
const warping: fc.Arbitrary<AugmentationSpec> = fc.record(geometry).map((spec) => ({ ...spec, ...still }));
const anything: fc.Arbitrary<AugmentationSpec> = fc.record({
  ...geometry,
  brightness: range(0),
  contrast: range(0),
  saturation: range(0),
  randomResizedCrop: fc.option(
    fc.record({
      scale: fc.double({ min: 0.01, max: 1, noNaN: true }).map((least): Range => [least, 1]),
      ratio: range(0.1),
    }),
    { nil: undefined },
  ),
  randAugment: fc.option(
    fc.record({ numOps: fc.integer({ min: 1, max: 4 }), magnitude: fc.integer({ min: 0, max: 30 }) }),
    { nil: undefined },
  ),
});
const id = fc.record({ key: fc.string(), epoch: fc.nat(), view: fc.nat() });

describe('augmentation, for any image', () => {
  it('changes no byte with the parameters of no change', () => {
    fc.assert(
      fc.property(image, fill, (any, mode) => {
        const result = applyTransform(any, IDENTITY, { fill: mode, fillValue: 1 }, kernel);
        expect(Buffer.compare(result, any.pixels)).toBe(0);
      }),
    );
  });

  it('is what it was after two equal flips, and a flip moves bytes only', () => {
    fc.assert(
      fc.property(image, fill, fc.boolean(), fc.boolean(), (any, mode, flipHorizontal, flipVertical) => {
        const filling = { fill: mode, fillValue: 1 };
        const transform = { ...IDENTITY, flipHorizontal, flipVertical };
        const once = applyTransform(any, transform, filling, kernel);
        const { height, width } = any;
        const expected = any.pixels.map((_, i) => {
          const [row, column, channel] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
          const fromRow = flipVertical ? height - 1 - row : row;
          const fromColumn = flipHorizontal ? width - 1 - column : column;
          return any.pixels[(fromRow * width + fromColumn) * 3 + channel]!;
        });
        expect(Buffer.compare(once, expected)).toBe(0);
        const twice = applyTransform({ ...any, pixels: once }, transform, filling, kernel);
        expect(Buffer.compare(twice, any.pixels)).toBe(0);
      }),
    );
  });

  it('stays within the values of the image and the filling, where no color is changed', () => {
    fc.assert(
      fc.property(image, warping, id, fc.integer(), (any, spec, view, seed) => {
        const result = createAugmenter(spec, seed, kernel).augment(any, view);
        for (let channel = 0; channel < 3; channel++) {
          const of = (bytes: Uint8Array): Uint8Array => bytes.filter((_, i) => i % 3 === channel);
          const before = [...of(any.pixels), ...(spec.fill === 'constant' ? [spec.fillValue] : [])];
          const after = of(result);
          expect(Math.min(...after)).toBeGreaterThanOrEqual(Math.min(...before));
          expect(Math.max(...after)).toBeLessThanOrEqual(Math.max(...before));
        }
      }),
    );
  });

  it('gives the same view in any order and from any kernel, and leaves the image alone', () => {
    fc.assert(
      fc.property(image, image, anything, id, fc.integer(), (any, other, spec, view, seed) => {
        const before = any.pixels.slice();
        const first = createAugmenter(spec, seed, kernel).augment(any, view);
        const augmenter = createAugmenter(spec, seed, createWarpKernel(module));
        augmenter.augment(other, { ...view, key: `${view.key}!` });
        expect(Buffer.compare(augmenter.augment(any, view), first)).toBe(0);
        expect(Buffer.compare(any.pixels, before)).toBe(0);
        const inPlace = { ...any, pixels: before };
        expect(augmenter.augment(inPlace, view, inPlace.pixels)).toBe(inPlace.pixels);
        expect(Buffer.compare(inPlace.pixels, first)).toBe(0);
      }),
    );
  });

  it('interpolates as the formula says', () => {
    fc.assert(
      fc.property(image, warping, id, (any, spec, view) => {
        const nearest: AugmentationSpec = { ...spec, fill: 'nearest' };
        let matrix = computeAffine(IDENTITY, any.height, any.width);
        const recorder: typeof kernel.apply = (source, target, job) => {
          matrix = job.matrix;
          kernel.apply(source, target, job);
        };
        const result = createAugmenter(nearest, 1, { apply: recorder }).augment(any, view);
        result.forEach((value, i) => {
          expect(Math.abs(value - bilinear(any, matrix, i))).toBeLessThanOrEqual(0.55);
        });
      }),
    );
  });

  it('can be written down and described', () => {
    fc.assert(
      fc.property(anything, (spec) => {
        expect(augmentationSchema.parse(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
        expect(describeAugmentation(spec)).not.toMatch(/NaN|undefined/);
      }),
    );
  });
});

/** Byte `i` of a warped image, before rounding, with edges `nearest`. */
function bilinear(
  { pixels, height, width }: PixelGrid,
  matrix: ReturnType<typeof computeAffine>,
  i: number,
): number {
  const [a, b, c, d, e, f] = matrix;
  const [row, column, channel] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
  const x = Math.min(Math.max(a * column + b * row + c, 0), width - 1);
  const y = Math.min(Math.max(d * column + e * row + f, 0), height - 1);
  const at = (r: number, k: number): number =>
    pixels[(Math.min(r, height - 1) * width + Math.min(k, width - 1)) * 3 + channel]!;
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [fy, fx] = [y - top, x - left];
  const above = at(top, left) * (1 - fx) + at(top, left + 1) * fx;
  const below = at(top + 1, left) * (1 - fx) + at(top + 1, left + 1) * fx;
  return above * (1 - fy) + below * fy;
}
