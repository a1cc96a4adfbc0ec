import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { loadKernel } from '../../node/runtime/kernel-files.ts';
import { createWarpKernel, type WarpJob } from './warp-kernel.ts';

const kernel = createWarpKernel(await loadKernel('warp'));
const UNCHANGED: WarpJob = {
  height: 2,
  width: 3,
  matrix: [1, 0, 0, 0, 1, 0],
  fill: 'constant',
  fillValue: 9,
  brightness: 1,
  contrast: 1,
  saturation: 1,
};

/** An image of gray pixels. */
const gray = (...values: number[]): Uint8Array => Uint8Array.from(values.flatMap((v) => [v, v, v]));

function warped(source: Uint8Array, job: Partial<WarpJob>): number[] {
  const target = new Uint8Array(source.length);
  kernel.apply(source, target, { ...UNCHANGED, ...job });
  return Array.from(target);
}

describe('warp kernel', () => {
  it('takes the pixel that the matrix leads to, and the filling outside', () => {
    const source = gray(1, 2, 3, 4, 5, 6);
    expect(warped(source, { matrix: [1, 0, 1, 0, 1, 0] })).toEqual(Array.from(gray(2, 3, 9, 5, 6, 9)));
    expect(warped(source, { matrix: [1, 0, 0, 0, 1, -1] })).toEqual(Array.from(gray(9, 9, 9, 1, 2, 3)));
    expect(warped(source, { matrix: [0, 1, 0, 0.5, 0, 0] })).toEqual(Array.from(gray(1, 3, 4, 2, 4, 5)));
  });

  it.each([
    ['nearest', [10, 10, 10, 10, 10, 20, 30, 40, 40, 40, 40, 40, 40]],
    ['reflect', [40, 30, 20, 10, 10, 20, 30, 40, 40, 30, 20, 10, 10]],
    ['constant', [9, 9, 9, 9, 10, 20, 30, 40, 9, 9, 9, 9, 9]],
    // SciPy's: a period of three, in which the ends fall on one another.
    ['wrap', [30, 40, 20, 30, 10, 20, 30, 40, 20, 30, 10, 20, 30]],
  ] as const)('goes on beyond the edges by %s', (fill, expected) => {
    const job = { ...UNCHANGED, height: 1, width: 4, fill };
    const values = expected.map((_, place) => {
      const target = new Uint8Array(12);
      kernel.apply(gray(10, 20, 30, 40), target, { ...job, matrix: [0, 0, place - 4, 0, 0, 0] });
      return target[0];
    });
    expect(values).toEqual(expected);
  });

  it('writes nothing beside an image, whatever came before', () => {
    expect(warped(gray(255, 255, 255, 255, 255, 255), {})).toEqual(Array(18).fill(255));
    const small = { height: 1, width: 1 };
    expect(warped(gray(7), { ...small, matrix: [1, 0, 0.5, 0, 1, 0.5], fill: 'nearest' })).toEqual([7, 7, 7]);
    expect(warped(gray(7), { ...small, fill: 'wrap', matrix: [1, 0, -3.5, 0, 1, 8] })).toEqual([7, 7, 7]);
    expect(warped(gray(7), { ...small, contrast: 0.5, saturation: 0.5 })).toEqual([7, 7, 7]);
  });

  it('takes the mean of an image whose pixels do not fill the last group of four', () => {
    const source = gray(10, 20, 30, 40, 50, 90);
    expect(warped(source, { contrast: 0 })).toEqual(Array(18).fill(40));
    expect(warped(source, { brightness: 3, contrast: 0 })).toEqual(Array(18).fill(118));
  });

  it('works in place, and grows for a large image', () => {
    const pixels = new Uint8Array(1000 * 700 * 3).map((_, i) => i % 251);
    const [first, second, third] = pixels.slice(-3);
    kernel.apply(pixels, pixels, {
      ...UNCHANGED,
      height: 1000,
      width: 700,
      matrix: [-1, 0, 699, 0, -1, 999],
    });
    expect(Array.from(pixels.slice(0, 3))).toEqual([first, second, third]);
  });

  it('refuses images and targets of another size', () => {
    expect(() => kernel.apply(gray(1), gray(1, 2, 3, 4, 5, 6), UNCHANGED)).toThrow(
      withMessage(
        'augmentation: expected an image and a target of 2 x 3 x 3 bytes, received 3 and 18 bytes. Give uint8 pixels [height, width, 3].',
      ),
    );
    expect(() => warped(gray(), { height: 0 })).toThrow(
      withMessage(
        'augmentation: expected an image and a target of 0 x 3 x 3 bytes, received no such size. Give uint8 pixels [height, width, 3].',
      ),
    );
  });

  it('refuses positions that leave its numbers', () => {
    const complaint = (matrix: string): string =>
      `augmentation: expected positions within 536870912 pixels, received the matrix [${matrix}]. Use smaller shifts and zooms.`;
    const source = gray(1, 2, 3, 4, 5, 6);
    expect(() => warped(source, { matrix: [1, 0, 1e9, 0, 1, 0] })).toThrow(
      withMessage(complaint('1, 0, 1000000000, 0, 1, 0')),
    );
    expect(() => warped(source, { matrix: [1, 0, 0, 0, Number.NaN, 0] })).toThrow(
      withMessage(complaint('1, 0, 0, 0, NaN, 0')),
    );
  });
});
