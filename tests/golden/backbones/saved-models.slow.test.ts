/**
 * @file Models as several versions of Keras save them, as backbones: every weight arrives where it belongs, and the network is
 * built as the file says. The files are those of tools/oracle/backbone_files.py.
 */

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Backbone } from '../../../src/vision/backbone/backbone.ts';
import { type LoadBackboneOptions, loadBackbone } from '../../../src/node/backbones/load-backbone.ts';
import { temporaryFolder } from '../../support/image-folder.ts';
import { withMessage } from '../../support/saying.ts';

const FOLDER = 'tests/golden/backbones/';

async function unpack(name: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, gunzipSync(readFileSync(`${FOLDER}${name}.gz`)));
  return path;
}

/** Names of weights of our layers that are not filled with their own number; how many are. */
function weightsElsewhere(name: string, { model }: Backbone): { wrong: string[]; right: number } {
  const file = JSON.parse(readFileSync(`${FOLDER}${name}.json`, 'utf8')) as { weights: Record<string, number> };
  const weights = Object.fromEntries(
    Object.entries(file.weights).map(([key, number]) => [ourName(key), number]),
  );
  const wrong: string[] = [];
  let right = 0;
  for (const { name: own, layer, weight } of model.weights) {
    // Keras 3 calls a depthwise convolution's numbers `kernel`; how many images statistics are of, nobody needs.
    const number = weights[own] ?? weights[`${layer.name}/kernel`];
    if (weight.spec.name === 'count') continue;
    if (weight.value.every((value) => value === number)) right++;
    else wrong.push(own);
  }
  return { wrong, right };
}

/** Keras 2 has `expanded_conv/depthwise/BatchNorm` for what is `expanded_conv_depthwise_bn` in Keras 3. */
function ourName(key: string): string {
  const slash = key.lastIndexOf('/');
  const layer = key.slice(0, slash);
  const isOld = layer.includes('/') || /^Conv(_1)?$/.test(layer);
  const name = isOld ? layer.replace('BatchNorm', 'bn').replaceAll('/', '_').toLowerCase() : layer;
  return `${name}${key.slice(slash)}`;
}

async function load(name: string, options: LoadBackboneOptions = {}): Promise<Backbone> {
  return loadBackbone(await unpack(name), options);
}

describe('weights without layer names', () => {
  it.each(['keras33', 'keras35', 'tf_keras', 'current'])('of %s', async (version) => {
    const name = `${version}_mobilenet.weights.h5`;
    const backbone = await load(name);
    expect(backbone.pretrainedConfig.id).toBe('mobilenet_025');
    expect(weightsElsewhere(name, backbone)).toEqual({ wrong: [], right: 135 });
    expect(backbone.notes).toEqual([]);
  });

  it.each(['keras33', 'keras35', 'tf_keras', 'current'])('of a network inside a model of %s', async (version) => {
    const name = `${version}_nested.weights.h5`;
    const backbone = await loadBackbone('mobilenet_025', { weights: await unpack(name) });
    expect(weightsElsewhere(name, backbone)).toEqual({ wrong: [], right: 135 });
  });

  it.each(['keras35', 'current'])('of a network cut in the middle, with a head, of %s', async (version) => {
    const name = `${version}_inception_cut.weights.h5`;
    const options = { weights: await unpack(name), cut: 'mixed7', inputShape: [75, 75, 3] } as const;
    const backbone = await loadBackbone('inception_v3', options);
    expect(weightsElsewhere(name, backbone)).toEqual({ wrong: [], right: 280 });
    expect(backbone.model.output.layer.name).toBe('mixed7');
    expect(backbone.notes).toEqual(['The file has inception_v3 up to "mixed7".']);
  });

  it('are refused for another cut than the one that the file ends at', async () => {
    const weights = await unpack('keras35_inception_cut.weights.h5');
    await expect(loadBackbone('inception_v3', { weights, cut: 'mixed6' })).rejects.toThrow(
      withMessage(
        'weights "keras35_inception_cut.weights.h5": expected layers without names in the number of the network\'s, ' +
          '94 batch_normalization, 94 conv2d, received 70 batch_normalization, 70 conv2d, 2 dense. ' +
          'The file belongs to another network: check the architecture and its options.',
      ),
    );
  });

  it('are refused for another network, by their shapes', async () => {
    const weights = await unpack('keras35_mobilenet.weights.h5');
    await expect(loadBackbone('mobilenet', { weights })).rejects.toThrow(
      withMessage(
        'weights "keras35_mobilenet.weights.h5": expected weights of mobilenet, received those of mobilenet_025. ' +
          'Give the file itself as the backbone.',
      ),
    );
  });
});

describe('models that carry their configuration', () => {
  it.each(['current_efficientnet.keras', 'tf_keras_efficientnet.keras'])(
    'are built without what Keras adds for the weights of ImageNet: %s',
    async (name) => {
      const backbone = await load(name);
      expect(backbone.pretrainedConfig.id).toBe('efficientnet_b0');
      expect(backbone.model.input.shape).toEqual([null, 64, 97, 3]);
      expect(backbone.model.layers.filter(({ className }) => className === 'Rescaling')).toHaveLength(1);
      expect(weightsElsewhere(name, backbone)).toEqual({ wrong: [], right: 311 });
      expect(backbone.notes).toEqual([
        'The network is without the second Rescaling, which Keras adds for the weights of ImageNet only.',
      ]);
    },
  );

  it.each(['current_unscaled.h5', 'tf_keras_unscaled.h5'])(
    'are built without the scaling of pixels that they are without: %s',
    async (name) => {
      const backbone = await load(name);
      expect(backbone.pretrainedConfig.id).toBe('mobilenet_v3_small_minimalistic');
      expect(backbone.preprocessing).toEqual({ scale: 1 / 127.5, offset: -1 });
      expect(weightsElsewhere(name, backbone)).toEqual({ wrong: [], right: 170 });
    },
  );

  it.each(['current_nested.keras', 'current_nested.h5', 'tf_keras_nested.keras', 'tf_keras_nested.h5'])(
    'may have the network inside, between what prepares pixels and a head: %s',
    async (name) => {
      const backbone = await load(name);
      expect(backbone.pretrainedConfig.id).toBe('mobilenet_025');
      expect(backbone.preprocessing).toEqual({ scale: 1 / 127.5, offset: -1 });
      expect(weightsElsewhere(name, backbone)).toEqual({ wrong: [], right: 135 });
      expect(backbone.notes).toEqual([
        'Layers behind "conv_pw_13_relu" are left out: "global_average_pooling2d", "dropout", "answers".',
      ]);
    },
  );

  it.each(['current_inception_cut.keras', 'current_inception_cut.h5'])(
    'may end in the middle of a network, with a head: %s',
    async (name) => {
      for (const options of [{}, { cut: 'mixed7', upToCut: true }]) {
        const backbone = await load(name, options);
        expect(backbone.pretrainedConfig.id).toBe('inception_v3');
        expect([backbone.cut, backbone.model.output.layer.name]).toEqual(['mixed7', 'mixed7']);
        expect(weightsElsewhere(name, backbone)).toEqual({ wrong: [], right: 280 });
        expect(backbone.notes).toEqual([
          'The file has inception_v3 up to "mixed7".',
          'Layers behind "mixed7" are left out: "global_average_pooling2d", "dense", "dropout", "dense_1".',
        ]);
      }
      const earlier = await load(name, { cut: 'mixed5' });
      expect([earlier.cut, earlier.model.output.layer.name]).toEqual(['mixed5', 'mixed7']);
    },
  );

  it('are refused for a cut behind their end', async () => {
    await expect(load('current_inception_cut.keras', { cut: 'mixed9' })).rejects.toThrow(
      withMessage(
        'weights "current_inception_cut.keras": expected a network up to "mixed9", ' +
          'received one that ends at "mixed7". Cut at that layer or before it.',
      ),
    );
  });
});
