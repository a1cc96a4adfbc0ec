import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { emptyHashes } from '../core/examples/content-hashes.ts';
import { encodeHex } from '../core/tensor/hex.ts';
import { createSamples, pixelImages } from './pixel-images.ts';

/** Images of one pixel. */
const FORM = { what: 'training image', imageBytes: 3, numClasses: 2 };

describe('images that a page has', () => {
  it('come in their order, as copies', async () => {
    const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    const samples = createSamples({ pixels, labels: [0, 1, 0] }, FORM);
    const batches: number[][] = [];
    for await (const batch of pixelImages.decode(samples, { width: 1, height: 1, batchSize: 2 })) {
      batches.push(
        [...batch.pixels],
        batch.samples.map(({ label }) => label),
      );
      batch.pixels.fill(0);
    }
    expect(batches).toEqual([[1, 2, 3, 4, 5, 6], [0, 1], [7, 8, 9], [0]]);
    expect([...pixels]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('are known by their pixels', async () => {
    const samples = createSamples({ pixels: Uint8Array.of(97, 98, 99, 97, 98, 99), labels: [0, 1] }, FORM);
    const hashes = emptyHashes(2);
    await pixelImages.hash(samples, 0, 2, hashes);
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(encodeHex(hashes.hashes)).toBe(abc + abc);
  });

  it('are refused if they are not as many as their labels', () => {
    expect(() => createSamples({ pixels: new Uint8Array(8), labels: [0, 1] }, FORM)).toThrow(
      withMessage(
        'training images: expected 3 bytes for each of 2 labels, received 8 bytes. ' +
          "Give RGB without alpha, in the size of the backbone's input, and one label for each image.",
      ),
    );
  });

  it('are refused with a label that is no class', () => {
    expect(() => createSamples({ pixels: new Uint8Array(6), labels: [0, 2] }, FORM)).toThrow(
      withMessage(
        'training image 2: expected a label from 0 to 1, received 2. Labels are places in classNames.',
      ),
    );
  });
});
