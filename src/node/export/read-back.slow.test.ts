import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { Functional } from '../../core/layers/functional.ts';
import { layers } from '../../core/layers/layers.ts';
import { type KerasFormat, LAYER_FORMATS } from '../../export/export-formats.ts';
import type { Backbone } from '../../vision/backbone/backbone.ts';
import { loadBackbone } from '../backbones/load-backbone.ts';
import { exportFunctional } from './export-functional.ts';

/** A network up to an early layer, with a head, with random weights, as an export; and what becomes of it as a backbone. */
async function readBack(
  network: string,
  cut: string,
  format: KerasFormat,
): Promise<{ readonly written: Functional; readonly read: Backbone }> {
  const sizePx = network.startsWith('inception') ? 75 : 32;
  const backbone = await loadBackbone(network, {
    ...({ weights: 'random', seed: 3, inputShape: [sizePx, sizePx, 3], cut } as const),
  });
  const { inputs } = backbone.model;
  const pooled = layers.globalAveragePooling2d().apply(backbone.model.getLayer(cut).output);
  const outputs = layers.dense({ units: 2, activation: 'softmax', name: 'predictions' }).apply(pooled);
  const written = new Functional({ inputs, outputs, name: 'classifier' });
  written.initialize({ seed: 4 });
  const out = join(await temporaryFolder(), `m${LAYER_FORMATS[format].endings[0] ?? ''}`);
  await exportFunctional(written, { format, out, preprocessing: backbone.preprocessing });
  return { written, read: await loadBackbone(out) };
}

describe('an exported classifier as a backbone', () => {
  it.each([
    ['convnext_tiny', 'convnext_tiny_stage_0_block_1_layer_scale', 'keras'],
    ['convnext_tiny', 'convnext_tiny_stage_0_block_1_layer_scale', 'keras-h5'],
    ['convnext_tiny', 'convnext_tiny_stage_0_block_1_layer_scale', 'tfjs'],
    ['vgg16', 'block1_pool', 'keras'],
    ['densenet121', 'conv2_block1_concat', 'tfjs'],
    ['mobilenet_v3_small', 'expanded_conv_3_project_bn', 'keras-h5'],
    ['inception_resnet_v2', 'block35_1_ac', 'keras-h5'],
    ['efficientnet_b0', 'block2b_add', 'keras'],
  ] as const)('%s up to %s, as %s', async (network, cut, format) => {
    const { written, read } = await readBack(network, cut, format);
    expect([read.pretrainedConfig.id, read.cut]).toEqual([network, cut]);
    expect(read.preprocessing).toEqual((await loadBackbone(network, { weights: 'random' })).preprocessing);
    expect(read.notes.at(-1)).toBe(
      `Layers behind "${cut}" are left out: "global_average_pooling2d", "predictions".`,
    );
    expect(read.model.weights.length).toBeGreaterThan(3);
    for (const { name, layer, weight } of read.model.weights) {
      expect(weight.value, name).toEqual(written.getLayer(layer.name).weight(weight.spec.name).value);
    }
  });

  it('keeps the scaling of pixels that it was trained with', async () => {
    const options = { weights: 'random', inputShape: [32, 32, 3] } as const;
    const { model } = await loadBackbone('mobilenet_025', options);
    const small = new Functional({ inputs: model.inputs, outputs: model.getLayer('conv_pw_2_relu').output });
    const out = join(await temporaryFolder(), 'm.keras');
    await exportFunctional(small, { format: 'keras', out, preprocessing: { scale: 1 / 255, offset: 0 } });
    const read = await loadBackbone(out);
    expect(read.preprocessing).toEqual({ scale: 1 / 255, offset: 0 });
    expect(read.notes).toEqual([
      'Pixels are scaled as the file does it, x * 0.003922; mobilenet_025 has x * 0.007843 - 1.',
      'The file has mobilenet_025 up to "conv_pw_2_relu".',
    ]);
  });
});
