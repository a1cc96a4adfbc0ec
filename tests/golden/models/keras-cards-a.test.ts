import { describe, expect, it } from 'vitest';
import { kerasCardsA } from '../../../src/models/keras-cards-a.ts';
import { saying } from '../../support/saying.ts';
import addresses from './keras_weight_addresses.json' with { type: 'json' };

type Row = (typeof addresses.networks)[keyof typeof addresses.networks];
const networks: Readonly<Record<string, Row>> = addresses.networks;

it('has a card for every network of the fixture', () => {
  expect(kerasCardsA.map(({ id }) => id)).toEqual(Object.keys(networks));
});

describe.each(kerasCardsA.map((card) => [card.id, card] as const))('%s', (id, card) => {
  it('names the files that Keras would fetch', () => {
    expect(card.weights).toEqual(networks[id]!.weights);
    expect(card.weightsWithTop).toEqual(networks[id]!.weightsWithTop);
  });

  it('prepares pixels as Keras does', () => {
    const { channelOrder, scale, offset } = card.preprocessing;
    const pixel = channelOrder === 'bgr' ? addresses.pixel.toReversed() : addresses.pixel;
    const prepared = pixel.map((value, channel) => value * scale[channel]! + offset[channel]!);
    expect(prepared).toBeAllClose(networks[id]!.preprocessed, { atol: 1e-5, rtol: 0 });
  });

  it('tells the parameters and a cut of the network that it builds', () => {
    const smallest = card.build({ inputShape: [card.smallestSizePx, card.smallestSizePx, 3] });
    expect(smallest.countParams().total).toBe(card.parameters);
    const cut = smallest.getLayer(card.defaultCut).output;
    expect(cut.shape).toHaveLength(4);
    const behind = smallest.layers.filter((layer) => layer.output.inputs.includes(cut));
    expect(behind.every((layer) => layer.className.endsWith('Pooling2D'))).toBe(true);
  });

  it('refuses pictures that are too small', () => {
    const sizePx = card.smallestSizePx - 1;
    expect(() => card.build({ inputShape: [sizePx, 300, 3] })).toThrow(
      saying(
        `${card.architecture}: expected pictures of at least ${card.smallestSizePx} x ${card.smallestSizePx} px, ` +
          `received ${sizePx} x 300 px with 3 channels. Use a size from ${card.smallestSizePx} px on.`,
      ),
    );
  });
});
