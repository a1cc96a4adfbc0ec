import { describe, expect, it } from 'vitest';
import type { Functional } from '../../../src/core/layers/functional.ts';
import type { Layer } from '../../../src/core/layers/layer.ts';
import { type ConvNeXtVariant, convNeXt } from '../../../src/vision/architectures/convnext.ts';
import { withMessage } from '../../support/saying.ts';
import keras from './keras_convnext.json' with { type: 'json' };
import { expectLayers, expectOutputs, type NetworkRow } from './network-fixture.ts';
import { needs } from '../../support/needs.ts';

type Shape = [number, number, number];

/** What are models of their own in Keras end here in a layer of that name. */
function kerasClass({ className, name }: Layer): string {
  return /_stem$|_downsampling_block_\d$/.test(name) ? 'Sequential' : className;
}

function expectNetwork(model: Functional, expected: NetworkRow): void {
  expectLayers(model, expected, kerasClass);
}

describe.each(Object.entries(keras.networks))('ConvNeXt %s', (member, expected) => {
  const variant = member as ConvNeXtVariant;
  const shapeOf = (row: { inputShape: number[] }): Shape => row.inputShape as Shape;

  it('has the layers of Keras', () => {
    const { withTop, small, pooled } = expected;
    expectNetwork(convNeXt(variant, { inputShape: shapeOf(withTop), includeTop: true }), withTop);
    expectNetwork(convNeXt(variant, { inputShape: shapeOf(small) }), small);
    expectNetwork(convNeXt(variant, { inputShape: shapeOf(pooled), pooling: 'max' }), pooled);
  });

  // Large and XLarge differ from Base in channels alone, and have up to 1.4 GB of weights: tools/oracle/parity.ts computes them.
  it('gives the numbers of Keras', needs.lessThan('120 million parameters', expected.small.parameters < 120_000_000), async () => {
    const model = convNeXt(variant, { inputShape: shapeOf(expected.small) });
    await expectOutputs(model, expected.computed.outputs);
  });
});

describe('ConvNeXt tiny', () => {
  it.each([
    ['without its preprocessing', keras.further.withoutPreprocessing, { includePreprocessing: false }],
    ['for images of two channels', keras.further.twoChannels, {}],
    ['at its smallest size', keras.further.smallest, {}],
  ])('has the layers of Keras %s', (_, expected, options) => {
    expectNetwork(convNeXt('tiny', { inputShape: expected.inputShape as Shape, ...options }), expected);
  });

  it('names its layers after itself', () => {
    const model = convNeXt('tiny', { inputShape: [32, 32, 3], name: 'base' });
    expect(model.getLayer('base_stem').output.shape).toEqual([null, 8, 8, 96]);
  });

  it('has no smaller size', () => {
    expect(() => convNeXt('base', { inputShape: [16, 32, 3] })).toThrow(
      withMessage(
        'convnext_base: expected images of at least 32 x 32 px, received 16 x 32 px with 3 channels. ' +
          'Use a size from 32 px on.',
      ),
    );
  });
});
