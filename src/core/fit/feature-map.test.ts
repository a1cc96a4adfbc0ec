import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import { layers } from '../layers/layers.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { splitAtFreezeBoundary } from '../steps/freeze-boundary.ts';
import { findFeatureMap } from './feature-map.ts';

/** What is in front of the classifying layer is frozen: it has nothing to train. */
function mapOf(shape: (number | null)[], grow: (x: SymbolicTensor) => SymbolicTensor = (x) => x) {
  const x = input({ shape, name: 'features' });
  const outputs = layers.dense({ units: 2, name: 'last' }).apply(grow(x));
  return findFeatureMap(
    splitAtFreezeBoundary(new Functional({ inputs: x, outputs }), { beforePooling: true }),
  );
}

describe('findFeatureMap', () => {
  it('gives the sizes of a feature map', () => {
    expect(mapOf([5, 7, 4])).toEqual({ height: 5, width: 7, channels: 4 });
  });

  it('looks through a Flatten, which leaves the numbers in their order', () => {
    expect(mapOf([5, 7, 4], (x) => layers.flatten().apply(x))).toEqual({ height: 5, width: 7, channels: 4 });
  });

  it.each(['globalAveragePooling2d', 'globalMaxPooling2d'] as const)('looks in front of %s', (name) => {
    expect(mapOf([5, 7, 4], (x) => layers[name]().apply(x))).toEqual({ height: 5, width: 7, channels: 4 });
    // Behind a pooling there is nothing for a Flatten to do.
    expect(() =>
      mapOf([5, 7, 4], (x) => layers.flatten({ name: 'flat' }).apply(layers[name]().apply(x))),
    ).toThrow(
      withMessage(
        'cutmix: expected [height, width, channels] where the trained part begins, received [4] of layer "flat". Take a --cut, or an --unfreeze, whose layer gives a feature map, or --mixup, which needs none.',
      ),
    );
  });

  it.each([
    [[9, 16], '[9, 16]'],
    [[16], '[16]'],
    [[5, null, 4], '[5, ?, 4]'],
  ])('refuses %j, which has no places', (shape, shown) => {
    expect(() => mapOf(shape)).toThrow(
      withMessage(
        `cutmix: expected [height, width, channels] where the trained part begins, received ${shown} of layer "features". ` +
          'Take a --cut, or an --unfreeze, whose layer gives a feature map, or --mixup, which needs none.',
      ),
    );
  });

  it.each([
    [[2, 7, 4], '2 x 7'],
    [[7, 1, 4], '7 x 1'],
  ])('refuses %j, into which no rectangle fits', (shape, shown) => {
    const message = withMessage(
      `cutmix: expected a feature map of at least 3 x 3 where the trained part begins, received ${shown} of layer "features". ` +
        'Take a larger --size, an earlier --cut, or --mixup, which needs no map.',
    );
    expect(() => mapOf(shape)).toThrow(message);
    expect(() => mapOf(shape, (x) => layers.flatten().apply(x))).toThrow(message);
  });
});
