import { describe, expect, it } from 'vitest';
import type { Layer } from '../../../src/core/layers/layer.ts';
import {
  type MobileNetV3Options,
  mobileNetV3Large,
  mobileNetV3Small,
} from '../../../src/vision/architectures/mobilenet-v3.ts';
import { withMessage } from '../../support/saying.ts';
import keras from './keras_mobilenet_v3.json' with { type: 'json' };
import { expectLayers, expectOutputs, type NetworkRow } from './network-fixture.ts';

type Shape = [number, number, number];

/** In Keras, the hard sigmoid's sum and product are operations; here they are Rescalings of their names. */
function kerasClass({ className, name }: Layer): string {
  if (className !== 'Rescaling' || name === 'rescaling') return className;
  return name.startsWith('add') ? 'Add' : 'Multiply';
}

function expectNetwork(model: ReturnType<typeof mobileNetV3Small>, expected: NetworkRow): void {
  expectLayers(model, expected, kerasClass);
}

describe.each(Object.entries(keras.networks))('MobileNetV3 %s', (member, expected) => {
  const [size, ...rest] = member.split('_');
  const factory = size === 'small' ? mobileNetV3Small : mobileNetV3Large;
  const build = (inputShape: number[], options: Partial<MobileNetV3Options> = {}) =>
    factory({
      inputShape: inputShape as Shape,
      minimalistic: rest.includes('minimalistic'),
      alpha: Number(rest.at(-1)),
      ...options,
    });

  it('has the layers of Keras', () => {
    expectNetwork(build(expected.withTop.inputShape, { includeTop: true }), expected.withTop);
    expectNetwork(build(expected.small.inputShape), expected.small);
    expectNetwork(build(expected.pooled.inputShape, { pooling: 'max' }), expected.pooled);
  });

  it('gives the numbers of Keras', async () => {
    await expectOutputs(build(expected.small.inputShape), expected.computed.outputs);
  });
});

describe('MobileNetV3Small 0.75', () => {
  it.each([
    ['without its preprocessing', keras.further.withoutPreprocessing, { includePreprocessing: false }],
    ['at its smallest size', keras.further.smallest, {}],
  ])('has the layers of Keras %s', (_, expected, options) => {
    const inputShape = expected.inputShape as Shape;
    expectNetwork(mobileNetV3Small({ inputShape, alpha: 0.75, ...options }), expected);
  });

  it('has no smaller size', () => {
    expect(() => mobileNetV3Small({ inputShape: [31, 32, 3] })).toThrow(
      withMessage(
        'mobileNetV3Small: expected images of at least 32 x 32 px, received 31 x 32 px with 3 channels. ' +
          'Use a size from 32 px on.',
      ),
    );
  });

  it('has no width of 0', () => {
    expect(() => mobileNetV3Large({ inputShape: [32, 32, 3], alpha: 0 })).toThrow(
      withMessage('mobileNetV3Large: expected alpha above 0, received 0. Use one of 0.75, 1.'),
    );
  });
});
