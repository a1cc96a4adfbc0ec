import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { evaluateGraph } from '../../core/runtime/create-session.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { tensor } from '../../core/tensor/tensor.ts';
import { imageGraph } from '../preprocessing/image-graph.ts';
import { findPretrainedConfig } from '../pretrained/pretrained-configs.ts';
import { type Backbone, backboneOfConfig } from './backbone.ts';
import { joinBackbones } from './joined-backbone.ts';
import { listNetworks } from './network-place.ts';

const drawn = (id: string, cut: string, side = 64): Promise<Backbone> =>
  backboneOfConfig(findPretrainedConfig(id), 'random', { inputShape: [side, side, 3], cut, seed: 3 });

async function run(backbone: Backbone, pixels: Uint8Array): Promise<Float32Array> {
  const wanted = backbone.model.getLayer(backbone.cut).output;
  const graph = imageGraph(backbone.model, wanted, {
    preprocessing: backbone.preprocessing,
    output: 'features',
  });
  const { features } = await evaluateGraph(graph, { image: tensor('uint8', [1, 64, 64, 3], pixels) });
  return features!.data as Float32Array;
}

/** `[1, H, W, C]` to `[C]`. */
function mean(map: Float32Array, channels: number): number[] {
  const positions = map.length / channels;
  return Array.from({ length: channels }, (_, channel) => {
    let sum = 0;
    for (let i = 0; i < positions; i++) sum += map[i * channels + channel]!;
    return sum / positions;
  });
}

describe('joinBackbones', () => {
  it('gives the pooled features of each network side by side, each with its own scaling', async () => {
    // One takes [-1, 1], the other blue first, less a mean.
    const parts = [
      await drawn('mobilenet_v2_openimages', 'block_2_add'),
      await drawn('vgg16', 'block2_pool'),
    ];
    const joined = joinBackbones(parts);
    const random = createRandom(1);
    const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, () => random.integer(256));
    const expected = [mean(await run(parts[0]!, pixels), 24), mean(await run(parts[1]!, pixels), 128)].flat();
    const found = await run(joined, pixels);
    expect(joined.model.output.shape).toEqual([null, 152]);
    expect([...found]).toBeAllClose(expected, { atol: 1e-4, rtol: 1e-4 });
    expect(joined.pretrainedConfig.id).toBe('mobilenet_v2_openimages,vgg16');
  });

  it('takes the same network twice', async () => {
    const one = await drawn('mobilenet_v2_openimages', 'block_2_add');
    const joined = joinBackbones([one, one]);
    expect(joined.model.layers.map(({ name }) => name)).toEqual([
      'image',
      'mobilenet_v2_openimages',
      'mobilenet_v2_openimages_2',
      'features',
    ]);
  });

  it('refuses networks for images of other sizes', async () => {
    const parts = [
      await drawn('mobilenet_v2_openimages', 'block_2_add'),
      await drawn('vgg16', 'block2_pool', 96),
    ];
    expect(() => joinBackbones(parts)).toThrow(
      withMessage(
        'backbone "mobilenet_v2_openimages,vgg16": expected networks for images of 64 x 64 px, received "vgg16" for 96 x 96 px. ' +
          'Load them for one size: { inputShape }.',
      ),
    );
  });
});

describe('listNetworks', () => {
  it.each([
    ['mobilenet_v2', ['mobilenet_v2']],
    ['mobilenet_v2, vgg16', ['mobilenet_v2', 'vgg16']],
    ['mobilenet_v2,weights/a.h5', ['mobilenet_v2', 'weights/a.h5']],
    ['./a,b/c.h5', ['./a,b/c.h5']],
    ['https://host/a.h5?x=1,2', ['https://host/a.h5?x=1,2']],
  ])('reads %j', (text, networks) => {
    expect(listNetworks(text)).toEqual(networks);
  });
});
