import { describe, expect, it } from 'vitest';
import { imagePixels } from './image-pixels.ts';

/** Four pixels beside each other, black to white. */
const image = {
  data: Uint8Array.of(0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255),
  width: 4,
  height: 1,
};

describe('an image of another aspect, in a page', () => {
  it.each([
    ['squash', undefined, [61, 194, 61, 194]],
    // Twice as high, it is eight pixels wide, of which the middle two are seen.
    ['crop', 'crop', [106, 149, 106, 149]],
    ['letterbox', 'letterbox', [61, 194, 0, 0]],
  ] as const)('is brought to a size as the model says: %s', async (_, resize, expected) => {
    const pixels = await imagePixels(image, { width: 2, height: 2, resize });
    const gray = [...pixels].filter((_, place) => place % 3 === 0);
    expect(gray).toEqual(expected);
  });
});
