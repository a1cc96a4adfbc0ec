import { describe, expect, it } from 'vitest';
import { loadBackbone } from '../../node/backbones/load-backbone.ts';
import { imageGraph } from '../../vision/preprocessing/image-graph.ts';
import { layers } from '../layers/layers.ts';
import type { Session } from '../runtime/session.ts';
import { createRandom } from '../tensor/random.ts';
import { floats, type Tensor, tensor } from '../tensor/tensor.ts';
import {
  BATCH_SIZES,
  batchSizesInMemory,
  createBatchedSession,
  inFastestBatches,
  USUAL_SIZE,
} from './batched-session.ts';
import { FORWARD_BATCH } from './feature-extraction.ts';

const TURNS = 6;
/** The first batch, and the turns of each size. */
const SEARCH = 1 + TURNS * BATCH_SIZES.length;

const drawImages = (count: number, width = 3): Tensor => {
  const random = createRandom(count);
  return tensor(
    'uint8',
    [count, width],
    Uint8Array.from({ length: count * width }, () => random.integer(256)),
  );
};

/**
 * A network of two outputs on a machine whose clock goes on by what an image costs in a batch of some size.
 *
 * @param wrong - What is added to the numbers of a batch of some size.
 */
function machine(costMs: (size: number, width: number) => number, wrong: (size: number) => number = () => 0) {
  let time = 0;
  const ran: number[] = [];
  const session: Session = {
    inputNames: ['image'],
    outputNames: ['sum', 'first'],
    async run({ image }, fetches = ['sum', 'first']) {
      const [count = 0, width = 0] = image!.shape;
      ran.push(count);
      time += count * costMs(count, width);
      const rows = Array.from({ length: count }, (_, row) => [
        ...(image!.data as Uint8Array).subarray(width * row, width * row + 3),
      ]);
      const outputs: Record<string, Tensor> = {
        sum: floats(
          [count, 1],
          rows.map(([a, b, c]) => a! + b! + c! + wrong(count)),
        ),
        first: floats(
          [count, 1, 2],
          rows.flatMap(([a, b]) => [a!, b!]),
        ),
      };
      return Object.fromEntries(fetches.map((name) => [name, outputs[name]!]));
    },
    dispose: async () => {},
  };
  return { session, ran, now: () => time };
}

/** The numbers of a session that runs everything at once. */
const expectedOf = (image: Tensor, fetches?: readonly string[]) =>
  machine(() => 1).session.run({ image }, fetches);

describe('inFastestBatches', () => {
  it.each(BATCH_SIZES)('finds that %d is fastest, and gives the same all the while', async (fastest) => {
    const { session, ran, now } = machine((size) => (size === fastest ? 2 : 3));
    const sizes = batchSizesInMemory();
    const batched = inFastestBatches(session, { sizes, key: 'net', now });
    for (let batch = 0; batch < SEARCH; batch++) {
      expect(await sizes.read('net')).toBeUndefined();
      const image = drawImages(FORWARD_BATCH);
      expect(await batched.run({ image })).toEqual(await expectedOf(image));
    }
    expect(await sizes.read('net')).toBe(fastest);
    // Of each size as many images, beside those that show the bits.
    for (const size of BATCH_SIZES) {
      const own = ran.filter((count) => count === size).length;
      const toCompare = size === USUAL_SIZE ? FORWARD_BATCH / size : 1;
      expect(own).toBe((TURNS * FORWARD_BATCH) / size + toCompare);
    }
    ran.length = 0;
    const image = drawImages(13);
    expect(await batched.run({ image })).toEqual(await expectedOf(image));
    const whole = Math.floor(13 / fastest);
    expect(ran).toEqual([...Array(whole).fill(fastest), ...(13 % fastest > 0 ? [13 % fastest] : [])]);
  });

  it('counts the least time of each size: one whose first turns are disturbed is not given up', async () => {
    let calls = 0;
    const { session, now } = machine((size) => (size === 4 ? (calls++ < 9 ? 9 : 1) : 2));
    const sizes = batchSizesInMemory();
    const batched = inFastestBatches(session, { sizes, key: 'net', now });
    for (let batch = 0; batch < SEARCH; batch++) await batched.run({ image: drawImages(FORWARD_BATCH) });
    expect(await sizes.read('net')).toBe(4);
  });

  it('compares by what the inputs hold: batches of texts, which come by their lengths, become longer', async () => {
    const { session, now } = machine((size, width) => width * (size === 8 ? 2 : 3));
    const sizes = batchSizesInMemory();
    const batched = inFastestBatches(session, { sizes, key: 'net', now });
    for (let batch = 0; batch < SEARCH; batch++) {
      await batched.run({ image: drawImages(FORWARD_BATCH, 3 + batch) });
    }
    expect(await sizes.read('net')).toBe(8);
  });

  it('runs what is remembered of this network and machine, from the first batch on', async () => {
    const sizes = batchSizesInMemory();
    await sizes.write('net', 4);
    for (const [key, expected] of [
      ['net', [4, 4, 4, 4]],
      ['other', [4, 4, 4, 4, 1, 8]],
    ] as const) {
      const { session, ran, now } = machine(() => 1);
      await inFastestBatches(session, { sizes, key, now }).run({ image: drawImages(FORWARD_BATCH) });
      expect(ran).toEqual(expected);
    }
  });

  it('takes nothing for a size that is none', async () => {
    const sizes = batchSizesInMemory();
    await sizes.write('net', 1000);
    const { session, ran, now } = machine(() => 1);
    await inFastestBatches(session, { sizes, key: 'net', now }).run({ image: drawImages(FORWARD_BATCH) });
    expect(ran).toEqual([4, 4, 4, 4, 1, 8]);
  });

  it.each([1, 8])('tries nothing where a batch of %d gives other bits', async (odd) => {
    const { session, ran, now } = machine(
      (size) => size,
      (size) => (size === odd ? 2 ** -10 : 0),
    );
    const sizes = batchSizesInMemory();
    const batched = inFastestBatches(session, { sizes, key: 'net', now });
    for (let batch = 0; batch < 20; batch++) {
      const image = drawImages(FORWARD_BATCH);
      expect(await batched.run({ image })).toEqual(await expectedOf(image));
    }
    expect(ran).toEqual([4, 4, 4, 4, 1, 8, ...Array(19 * 4).fill(4)]);
    expect(await sizes.read('net')).toBe(USUAL_SIZE);
  });

  it('asks a session that does several runs side by side for that many at once, in the same parts', async () => {
    const { session, ran, now } = machine(() => 1);
    let [running, most, started] = [0, 0, 0];
    const sideBySide: Session = {
      ...session,
      atOnce: 3,
      async run(feeds, fetches) {
        most = Math.max(most, ++running);
        // Those that begin first end last.
        for (let turn = 5 * started++; turn < 20; turn++) await Promise.resolve();
        running--;
        return session.run(feeds, fetches);
      },
    };
    const batched = inFastestBatches(sideBySide, { sizes: batchSizesInMemory(), key: 'net', now });
    const image = drawImages(15);
    expect(await batched.run({ image })).toEqual(await expectedOf(image));
    expect([most, ran]).toEqual([3, [4, 4, 3, 4]]);
  });

  it('tries nothing on fewer images, which say little', async () => {
    const { session, ran, now } = machine((size) => size);
    const batched = inFastestBatches(session, { sizes: batchSizesInMemory(), key: 'net', now });
    for (let batch = 0; batch < 20; batch++) await batched.run({ image: drawImages(15) });
    expect(ran).toEqual(Array(20).fill([4, 4, 4, 3]).flat());
  });

  it('gives only the outputs that are asked for', async () => {
    const { session, now } = machine(() => 1);
    const batched = inFastestBatches(session, { sizes: batchSizesInMemory(), key: 'net', now });
    for (let batch = 0; batch < SEARCH + 1; batch++) {
      const image = drawImages(FORWARD_BATCH);
      expect(await batched.run({ image }, ['first'])).toEqual(await expectedOf(image, ['first']));
    }
  });
});

it.each(['float32', 'float16'] as const)(
  'a real network gives the same bits in all sizes, %s',
  async (dtype) => {
    const { model, preprocessing, cut } = await loadBackbone('mobilenet_v2_openimages', {
      inputShape: [64, 64, 3],
    });
    const pooled = layers.globalAveragePooling2d().apply(model.getLayer(cut).output);
    const graph = imageGraph(model, pooled, { preprocessing, output: 'features', dtype });
    const random = createRandom(1);
    const pixels = Uint8Array.from({ length: 16 * 64 * 64 * 3 }, () => random.integer(256));
    const image = tensor('uint8', [16, 64, 64, 3], pixels);
    const results: unknown[] = [];
    for (const size of BATCH_SIZES) {
      const written: number[] = [];
      const sizes = {
        read: async () => size,
        write: async (_: string, each: number) => void written.push(each),
      };
      const session = await createBatchedSession(graph, { threads: 1, sizes });
      results.push((await session.run({ image }))['features']);
      expect(written).toEqual([]);
      await session.dispose();
    }
    for (const result of results) expect(result).toEqual(results[0]);
  },
);
