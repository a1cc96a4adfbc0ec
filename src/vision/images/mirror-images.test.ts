import { expect, it } from 'vitest';
import { mirrorImages } from './mirror-images.ts';

it('mirrorImages exchanges left and right in every row of every image', () => {
  const pixels = Uint8Array.from({ length: 2 * 2 * 3 * 3 }, (_, index) => index);
  const row = (from: number): number[] => [6, 7, 8, 3, 4, 5, 0, 1, 2].map((at) => from + at);
  expect([...mirrorImages(pixels, 3)]).toEqual([0, 9, 18, 27].flatMap(row));
  expect(mirrorImages(mirrorImages(pixels, 3), 3)).toEqual(pixels);
});
