import { describe, expect, it } from 'vitest';
import { type EfficientNetVariant, efficientNet } from '../../../src/vision/architectures/efficientnet.ts';
import { withMessage } from '../../support/saying.ts';
import keras from './keras_efficientnet.json' with { type: 'json' };
import { expectLayers, expectOutputs } from './network-fixture.ts';

type Shape = [number, number, number];

describe.each(Object.entries(keras.networks))('EfficientNet %s', (member, expected) => {
  const variant = member as EfficientNetVariant;
  const shapeOf = (row: { inputShape: number[] }): Shape => row.inputShape as Shape;

  it('has the layers of Keras', () => {
    const { withTop, small, pooled } = expected;
    expectLayers(efficientNet(variant, { inputShape: shapeOf(withTop), includeTop: true }), withTop);
    expectLayers(efficientNet(variant, { inputShape: shapeOf(small) }), small);
    expectLayers(efficientNet(variant, { inputShape: shapeOf(pooled), pooling: 'max' }), pooled);
  });

  it('gives the numbers of Keras', async () => {
    const model = efficientNet(variant, { inputShape: shapeOf(expected.small) });
    await expectOutputs(model, expected.computed.outputs);
  });
});

describe('EfficientNet b0', () => {
  it.each([
    [
      'without the rescaling of the published weights',
      keras.further.withoutImagenetRescaling,
      { imagenetRescaling: false },
    ],
    ['at its smallest size', keras.further.smallest, {}],
  ])('has the layers of Keras %s', (_, expected, options) => {
    expectLayers(efficientNet('b0', { inputShape: expected.inputShape as Shape, ...options }), expected);
  });

  it('has no smaller size', () => {
    expect(() => efficientNet('b7', { inputShape: [32, 31, 3] })).toThrow(
      withMessage(
        'efficientnetb7: expected images of at least 32 x 32 px, received 32 x 31 px with 3 channels. ' +
          'Use a size from 32 px on.',
      ),
    );
  });
});
