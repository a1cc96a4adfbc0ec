import { describe, expect, it } from 'vitest';
import { kerasCardsB } from '../../../src/models/keras-cards-b.ts';
import addresses from './keras_recent_weight_addresses.json' with { type: 'json' };

type Row = { readonly sizePx: number; readonly weights: object; readonly weightsWithTop: object } & {
  readonly preprocessed: readonly number[];
};
const networks: Readonly<Record<string, Row>> = addresses.networks;

it('has a card for every network of the fixture', () => {
  expect(kerasCardsB.map(({ id }) => id)).toEqual(Object.keys(networks));
});

describe.each(kerasCardsB.map((card) => [card.id, card] as const))('%s', (id, card) => {
  it('names the files that Keras would fetch, and their size of pictures', () => {
    expect(card.weights).toEqual(networks[id]!.weights);
    expect(card.weightsWithTop).toEqual(networks[id]!.weightsWithTop);
    expect(card.defaultSizePx).toBe(networks[id]!.sizePx);
  });

  it('prepares pixels as Keras does', () => {
    const { channelOrder, scale, offset } = card.preprocessing;
    expect(channelOrder).toBe('rgb');
    const prepared = addresses.pixel.map((value, channel) => value * scale[channel]! + offset[channel]!);
    expect(prepared).toBeAllClose(networks[id]!.preprocessed, { atol: 1e-5, rtol: 0 });
  });

  it('tells the parameters and the last layer of the network that it builds', () => {
    const { smallestSizePx } = card;
    const smallest = card.build({ inputShape: [smallestSizePx, smallestSizePx, 3] });
    expect(smallest.countParams().total).toBe(card.parameters);
    expect(smallest.output.layer.name).toBe(card.defaultCut);
    expect(smallest.output.shape.slice(0, 3)).toEqual([null, 1, 1]);
  });

  it('refuses pictures that are too small', () => {
    expect(() => card.build({ inputShape: [31, 300, 3] })).toThrow(
      'expected pictures of at least 32 x 32 px, received 31 x 300 px with 3 channels. Use a size from 32 px on.',
    );
  });
});
