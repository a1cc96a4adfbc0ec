/** @file Networks of every architecture in TensorFlow Lite's own interpreter. See tests/support/tflite-interpreter.ts. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Functional } from '../../../src/core/layers/functional.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { createRandom } from '../../../src/core/tensor/random.ts';
import { loadBackbone } from '../../../src/node/backbones/load-backbone.ts';
import { exportFunctional } from '../../../src/node/export/export-functional.ts';
import { temporaryFolder } from '../../support/image-folder.ts';
import { needs } from '../../support/needs.ts';
import { askTflite } from '../../support/tflite-interpreter.ts';
import { predicted } from './image-exports.ts';

const NETWORKS = [
  ['inception_v3', 75],
  ['mobilenet_025', 32],
  ['mobilenet_v2_035', 32],
  ['mobilenet_v3_small', 32],
  ['mobilenet_v3_large', 32],
  ['efficientnet_b0', 32],
  ['efficientnet_v2_b0', 32],
  ['resnet50', 32],
  ['resnet50v2', 32],
  ['densenet121', 32],
  ['xception', 71],
  ['nasnet_mobile', 32],
  ['inception_resnet_v2', 75],
  ['vgg16', 32],
  ['convnext_tiny', 32],
] as const;

describe("networks in TensorFlow Lite's interpreter", needs.keras, () => {
  it.each(NETWORKS)('%s of %i px', { timeout: 600_000 }, async (network, sizePx) => {
    const backbone = await loadBackbone(network, {
      ...({ weights: 'random', seed: 3, inputShape: [sizePx, sizePx, 3] } as const),
    });
    const { inputs, output } = backbone.model;
    const pooled =
      output.shape.length === 2 ? output : layers.globalAveragePooling2d({ name: 'pooled' }).apply(output);
    const outputs = layers.dense({ units: 4, name: 'linear' }).apply(pooled);
    const model = new Functional({ inputs, outputs, name: 'classifier' });
    model.initialize({ seed: 4 });
    const random = createRandom(5);
    for (const { name, weight } of model.weights) {
      // No statistic is what it begins with, nor is a bias; variances stay positive.
      if (!name.endsWith('kernel')) weight.value = weight.value.map((value) => value + 0.2 * random.uniform());
    }
    const { preprocessing } = backbone;
    const { pixels, expected } = await predicted(model, preprocessing);
    const out = join(await temporaryFolder(), 'tflite');
    await exportFunctional(model, { format: 'tflite', out, preprocessing });
    const [answer] = await askTflite([{ path: join(out, 'model.tflite'), inputs: [pixels] }]);
    await rm(out, { recursive: true });
    const largest = Math.max(...(expected.data as Float32Array).map(Math.abs));
    expect(largest).toBeGreaterThan(0.01);
    expect(answer!.outputs[0]).toBeAllClose(expected, { atol: 1e-4 * largest, rtol: 0 });
  });
});
