import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { imageMemory, imageMemoryNote, requireImageMemory, type SizedNetwork } from './image-memory.ts';

/** 3 channels in, 8 out; then a head. */
function network(size: number, units = 1): Functional {
  const image = input({ shape: [size, size, 3] });
  const maps = layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', name: 'maps' }).apply(image);
  const pooled = layers.globalAveragePooling2d().apply(maps);
  return new Functional({ inputs: image, outputs: layers.dense({ units }).apply(pooled) });
}
const sized = (size: number, units?: number): SizedNetwork => ({
  model: network(size, units),
  cut: 'maps',
  pretrainedConfig: { id: 'tiny', defaultSizePx: 32 },
});

describe('imageMemory', () => {
  it('is that of the largest layer with a batch of images, and of the decoded images', () => {
    expect(imageMemory(network(100))).toBe(10_000 * ((3 + 8) * 4 * 8 + 3 * 16 * 3));
    expect(imageMemory(network(100), 3)).toBe(10_000 * ((3 + 8) * 4 * 3 + 3 * 3));
  });

  it('refuses what the machine cannot hold, with the sum and a size that suits', () => {
    expect(() => requireImageMemory(sized(100), 8e6)).not.toThrow();
    expect(() => requireImageMemory(sized(10_000), 8e9)).toThrow(
      withMessage(
        "image size: expected images that take at most 6.4 GB (80% of this machine's memory), received 10000 x 10000 pixels, which take about 49.6 GB. Give a smaller --size: tiny was trained with 32.",
      ),
    );
    for (const size of [1e6, 1e9]) expect(() => requireImageMemory(sized(size), 1e12)).toThrow('image size');
  });

  it('does not take a large head for large images', () => {
    expect(() => requireImageMemory(sized(32, 1e12), 8e9)).not.toThrow();
    expect(imageMemoryNote(sized(32, 1e12))).toBeUndefined();
  });

  it('tells of what is unusually large', () => {
    expect(imageMemoryNote(sized(1000))).toBeUndefined();
    expect(imageMemoryNote(sized(3000))).toBe(
      'Images of 3000 x 3000 pixels take about 4.5 GB of memory and much time: tiny was trained with 32.',
    );
  });
});
