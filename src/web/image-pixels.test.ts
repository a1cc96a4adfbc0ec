import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { imagePixels } from './image-pixels.ts';

const size = { width: 2, height: 1 };

describe('the pixels of an image that a page has', () => {
  it.each([
    ['gray', [10, 200], [10, 10, 10, 200, 200, 200]],
    ['gray with alpha', [10, 255, 200, 0], [10, 10, 10, 255, 255, 255]],
    ['RGB', [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]],
    ['RGBA', [1, 2, 3, 255, 0, 0, 0, 51], [1, 2, 3, 204, 204, 204]],
  ])('are taken of %s as they are, on white', async (_, data, expected) => {
    const image = { data: Uint8Array.from(data), ...size };
    expect([...(await imagePixels(image, size))]).toEqual(expected);
  });

  it('are resized', async () => {
    const image = { data: Uint8Array.of(0, 0, 0, 100, 100, 100), ...size };
    expect([...(await imagePixels(image, { width: 1, height: 1 }))]).toEqual([50, 50, 50]);
  });

  it.each([
    [
      'photo.jpg',
      'image: expected a File, Blob, ImageData, video, <img>, canvas or ImageBitmap, received a value of type string. ' +
        'Give the image itself, not its address.',
    ],
    [
      { videoWidth: 0, videoHeight: 0 },
      'image: expected an image, received nothing that is shown yet. Wait until it has loaded, or plays.',
    ],
    [
      new File(['x'], 'cat.png'),
      'image "cat.png": expected a browser with createImageBitmap and OffscreenCanvas, received none of them. ' +
        'Give its pixels { data, width, height }, or use a newer browser.',
    ],
    [
      { data: new Uint8Array(5), ...size },
      'image: expected pixels [height, width, channels], of 1 to 4 channels, received 5 bytes for 2 x 1 pixels. ' +
        'Give { data, width, height, channels } with a byte for each channel of each pixel.',
    ],
  ])('are refused in words of what is none: %#', async (image, message) => {
    await expect(imagePixels(image as never, size)).rejects.toThrow(withMessage(message));
  });
});
