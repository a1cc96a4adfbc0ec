import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { imageMemory, imageMemoryNote, requireImageMemory } from './image-memory.ts';

const pretrainedConfig = { id: 'tiny', defaultSizePx: 32 };
/** 3 channels in, 8 out. */
function network(size: number): Functional {
  const image = input({ shape: [size, size, 3] });
  const maps = layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same' }).apply(image);
  return new Functional({ inputs: image, outputs: layers.globalAveragePooling2d().apply(maps) });
}

describe('imageMemory', () => {
  it('is that of the largest layer with a batch of images, and of the decoded images', () => {
    expect(imageMemory(network(100))).toBe(10_000 * ((3 + 8) * 4 * 8 + 3 * 16 * 3));
    expect(imageMemory(network(100), 3)).toBe(10_000 * ((3 + 8) * 4 * 3 + 3 * 3));
  });

  it('refuses what the machine cannot hold, with the sum and a size that suits', () => {
    expect(() => requireImageMemory({ model: network(100), pretrainedConfig }, 8e6)).not.toThrow();
    expect(() => requireImageMemory({ model: network(10_000), pretrainedConfig }, 8e9)).toThrow(
      withMessage(
        "image size: expected images that take at most 6.4 GB (80% of this machine's memory), received 10000 x 10000 pixels, which take about 49.6 GB. Give a smaller --size: tiny was trained with 32.",
      ),
    );
    for (const size of [1e6, 1e9])
      expect(() => requireImageMemory({ model: network(size), pretrainedConfig }, 1e12)).toThrow(
        'image size',
      );
  });

  it('tells of what is unusually large', () => {
    expect(imageMemoryNote({ model: network(1000), pretrainedConfig })).toBeUndefined();
    expect(imageMemoryNote({ model: network(3000), pretrainedConfig })).toBe(
      'Images of 3000 x 3000 pixels take about 4.5 GB of memory and much time: tiny was trained with 32.',
    );
  });
});
