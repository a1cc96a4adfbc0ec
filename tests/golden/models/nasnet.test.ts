import { describe, expect, it } from 'vitest';
import { nasNetMobile } from '../../../src/models/nasnet.ts';
import { saying } from '../../support/saying.ts';
import keras from './keras_nasnet.json' with { type: 'json' };
import { expectLayers, expectOutputs } from './network-fixture.ts';

type Shape = [number, number, number];

describe('NASNetMobile', () => {
  const { withTop, small, pooled, computed } = keras.networks.mobile;

  it.each([
    ['with its top', withTop, { includeTop: true }],
    ['on odd sizes', small, {}],
    ['pooled', pooled, { pooling: 'max' }],
    ['at its smallest size', keras.further.smallest, {}],
  ] as const)('has the layers of Keras %s', (_, expected, options) => {
    expectLayers(nasNetMobile({ inputShape: expected.inputShape as unknown as Shape, ...options }), expected);
  });

  it('gives the numbers of Keras', async () => {
    const model = nasNetMobile({ inputShape: small.inputShape as Shape });
    await expectOutputs(model, computed.outputs, 'signed');
  });

  it('has no smaller size', () => {
    expect(() => nasNetMobile({ inputShape: [32, 16, 3] })).toThrow(
      saying(
        'nasNetMobile: expected pictures of at least 32 x 32 px, received 32 x 16 px with 3 channels. ' +
          'Use a size from 32 px on.',
      ),
    );
  });
});
