import { describe, expect, it } from 'vitest';
import { nasNetLarge, nasNetMobile } from '../../../src/vision/architectures/nasnet.ts';
import { withMessage } from '../../support/saying.ts';
import keras from './keras_nasnet.json' with { type: 'json' };
import { expectLayers, expectOutputs } from './network-fixture.ts';

type Shape = [number, number, number];

describe.each([
  ['NASNetMobile', nasNetMobile, keras.networks.mobile],
  ['NASNetLarge', nasNetLarge, keras.networks.large],
] as const)('%s', (_, build, { withTop, small, pooled, computed }) => {
  it.each([
    ['with its top', withTop, { includeTop: true }],
    ['on odd sizes', small, {}],
    ['pooled', pooled, { pooling: 'max' }],
  ] as const)('has the layers of Keras %s', (_title, expected, options) => {
    expectLayers(build({ inputShape: expected.inputShape as unknown as Shape, ...options }), expected);
  });

  it('gives the numbers of Keras', async () => {
    const model = build({ inputShape: small.inputShape as unknown as Shape });
    await expectOutputs(model, computed.outputs, 'signed');
  });
});

describe('NASNetMobile', () => {
  it('has the layers of Keras at its smallest size', () => {
    const expected = keras.further.smallest;
    expectLayers(nasNetMobile({ inputShape: expected.inputShape as Shape }), expected);
  });

  it('has no smaller size', () => {
    expect(() => nasNetMobile({ inputShape: [32, 16, 3] })).toThrow(
      withMessage(
        'nasNetMobile: expected images of at least 32 x 32 px, received 32 x 16 px with 3 channels. ' +
          'Use a size from 32 px on.',
      ),
    );
  });
});
