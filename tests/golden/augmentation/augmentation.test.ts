/** @file Warps and color changes give what Keras' ImageDataGenerator, RandomContrast and RandomSaturation give. */

import { describe, expect, it } from 'vitest';
import { applyTransform } from '../../../src/vision/augmentation/augmentation.ts';
import type { AugmentationSpec } from '../../../src/vision/augmentation/augmentation-spec.ts';
import { IDENTITY, type ImageTransform } from '../../../src/vision/augmentation/augmentation-transform.ts';
import { loadKernel } from '../../../src/node/runtime/kernel-files.ts';
import { createWarpKernel } from '../../../src/core/kernels/warp-kernel.ts';
import { floats } from '../../../src/core/tensor/tensor.ts';
import fixture from './augmentation.json' with { type: 'json' };

/** Keras' parameters, in its spelling. */
interface KerasParameters {
  readonly theta?: number;
  readonly tx?: number;
  readonly ty?: number;
  readonly shear?: number;
  readonly zx?: number;
  readonly zy?: number;
  readonly flip_horizontal?: boolean;
  readonly flip_vertical?: boolean;
}

const { images, warps, colors, fillValue } = fixture;
const kernel = createWarpKernel(await loadKernel('warp'));

/** Half a unit for the rounding to bytes, and 0.05 for weights of 14 bits and a fixture of two decimals. */
const WARP_TOLERANCE = { atol: 0.55, rtol: 0 };
/** Half a unit for the rounding; Pillow, which Keras has do the brightness, cuts the fraction off. */
const COLOR_TOLERANCE = {
  brightness: { atol: 1, rtol: 0 },
  contrast: { atol: 0.51, rtol: 0 },
  saturation: { atol: 0.51, rtol: 0 },
};

function transformed(
  name: keyof typeof images,
  transform: Partial<ImageTransform>,
  fill: AugmentationSpec['fill'] = 'nearest',
) {
  const { height, width, pixels } = images[name];
  const image = { height, width, pixels: Uint8Array.from(pixels) };
  const result = applyTransform(image, { ...IDENTITY, ...transform }, { fill, fillValue }, kernel);
  return floats([height, width, 3], Array.from(result));
}

describe('warps against Keras', () => {
  it.each(
    warps.map((each) => [`${each.image} ${JSON.stringify(each.parameters)} ${each.fill}`, each] as const),
  )('%s', (_, { image, parameters, fill, output }) => {
    const name = image as keyof typeof images;
    const { flip_horizontal, flip_vertical, ...rest } = parameters as KerasParameters;
    const transform = { ...rest, flipHorizontal: !!flip_horizontal, flipVertical: !!flip_vertical };
    const { height, width } = images[name];
    expect(transformed(name, transform, fill as AugmentationSpec['fill'])).toBeAllClose(
      floats([height, width, 3], output),
      WARP_TOLERANCE,
    );
  });
});

describe('color changes against Keras', () => {
  it.each(colors.map((each) => [`${each.change} ${each.factor}`, each] as const))(
    '%s',
    (_, { change, factor, output }) => {
      const { height, width } = images.square;
      expect(transformed('square', { [change]: factor })).toBeAllClose(
        floats([height, width, 3], output),
        COLOR_TOLERANCE[change as keyof typeof COLOR_TOLERANCE],
      );
    },
  );
});
