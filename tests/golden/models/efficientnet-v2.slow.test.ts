import { describe, expect, it } from 'vitest';
import { type EfficientNetV2Variant, efficientNetV2 } from '../../../src/vision/architectures/efficientnet-v2.ts';
import { withMessage } from '../../support/saying.ts';
import keras from './keras_efficientnet_v2.json' with { type: 'json' };
import { expectLayers, expectOutputs } from './network-fixture.ts';

type Shape = [number, number, number];

describe.each(Object.entries(keras.networks))('EfficientNetV2 %s', (member, expected) => {
  const variant = member as EfficientNetV2Variant;
  const shapeOf = (row: { inputShape: number[] }): Shape => row.inputShape as Shape;

  it('has the layers of Keras', () => {
    const { withTop, small, pooled } = expected;
    expectLayers(efficientNetV2(variant, { inputShape: shapeOf(withTop), includeTop: true }), withTop);
    expectLayers(efficientNetV2(variant, { inputShape: shapeOf(small) }), small);
    expectLayers(efficientNetV2(variant, { inputShape: shapeOf(pooled), pooling: 'max' }), pooled);
  });

  it('gives the numbers of Keras', async () => {
    const model = efficientNetV2(variant, { inputShape: shapeOf(expected.small) });
    await expectOutputs(model, expected.computed.outputs);
  });
});

describe('EfficientNetV2 b0', () => {
  it.each([
    ['without its preprocessing', keras.further.withoutPreprocessing, { includePreprocessing: false }],
    ['for images of two channels', keras.further.twoChannels, {}],
    ['at its smallest size', keras.further.smallest, {}],
  ])('has the layers of Keras %s', (_, expected, options) => {
    expectLayers(efficientNetV2('b0', { inputShape: expected.inputShape as Shape, ...options }), expected);
  });

  it('has no smaller size', () => {
    expect(() => efficientNetV2('s', { inputShape: [31, 31, 3] })).toThrow(
      withMessage(
        'efficientnetv2-s: expected images of at least 32 x 32 px, received 31 x 31 px with 3 channels. ' +
          'Use a size from 32 px on.',
      ),
    );
  });
});
