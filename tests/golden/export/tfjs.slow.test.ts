/** @file Exported models in the real TensorFlow.js: every layer there is, and whole models. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Functional } from '../../../src/core/layers/functional.ts';
import { input } from '../../../src/core/layers/input-layer.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { floats, type Tensor } from '../../../src/core/tensor/tensor.ts';
import { exportFunctional } from '../../../src/node/export/export-functional.ts';
import { MINUS_ONE_TO_ONE } from '../../../src/vision/preprocessing/preprocessing.ts';
import { loadTfjs, predictTfjs } from '../../support/tfjs-reader.ts';
import { withMessage } from '../../support/saying.ts';
import { isOnlyInKeras3, layerExports } from './layer-exports.ts';
import { imageExports, predicted } from './image-exports.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-tfjs-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What TensorFlow.js has no word for. */
const REFUSED: Readonly<Record<string, string>> = {
  'conv in groups':
    'expected a convolution in one group, or in one for each channel, that TensorFlow.js has, received 2 groups.',
  'activation exponential': 'expected an activation that TensorFlow.js has, received "exponential".',
  'relu with all options':
    'expected a ReLU of threshold 0, the only kind that TensorFlow.js has, received a threshold of 0.5.',
  'relu with threshold':
    'expected a ReLU of threshold 0, the only kind that TensorFlow.js has, received a threshold of 0.5.',
  'softmax along the height':
    'expected a softmax along the last axis, the only kind that TensorFlow.js has, received axis 1.',
};

describe('layers in TensorFlow.js', () => {
  it.each(layerExports().map((each) => [each.title, each] as const))('%s', async (title, each) => {
    const out = join(folder, title);
    const { className } = each.model.output.layer;
    const refused = isOnlyInKeras3(each.model)
      ? `expected a layer that TensorFlow.js has, received "${className}".`
      : REFUSED[title];
    if (refused !== undefined) {
      const where = `layer "${each.model.output.layer.name}"`;
      const message = `${where}: ${refused} Export to keras or onnx instead.`;
      await expect(exportFunctional(each.model, { format: 'tfjs', out })).rejects.toThrow(withMessage(message));
      return;
    }
    await exportFunctional(each.model, { format: 'tfjs', out });
    const output = predictTfjs(await loadTfjs(out), each.inputs);
    expect(output).toBeAllClose(await each.expected(), { atol: 1e-5, rtol: 1e-5 });
  });
});

describe('whole models in TensorFlow.js', () => {
  it.each(imageExports)('$title', async ({ title, build, preprocessing }) => {
    const model = build();
    const out = join(folder, title);
    const { pixels, expected } = await predicted(model, preprocessing);
    await exportFunctional(model, { format: 'tfjs', out, preprocessing });
    const loaded = await loadTfjs(out);
    expect(predictTfjs(loaded, [pixels])).toBeAllClose(expected, { atol: 1e-5, rtol: 0 });
    const weighty = model.layers.filter((layer) => layer.trainable && layer.weights.length > 0);
    const trainable = loaded.layers.filter((layer) => layer.trainable && layer.weights.length > 0);
    expect(trainable.map(({ name }) => name)).toEqual(weighty.map(({ name }) => name));
  });
});

describe("models in Teachable Machine's form", () => {
  /** As its library reads a folder and prepares pixels: `tf.browser.fromPixels(...).toFloat().div(127).sub(1)`. */
  async function predictAsTeachableMachine(out: string, pixels: Tensor<'uint8'>): Promise<Tensor<'float32'>> {
    const { weightsManifest } = JSON.parse(await readFile(join(out, 'model.json'), 'utf8'));
    expect(weightsManifest.flatMap(({ paths }: { paths: string[] }) => paths)).toEqual(['weights.bin']);
    const given = Float32Array.from(pixels.data, (value) => value / 127 - 1);
    return predictTfjs(await loadTfjs(out), [floats(pixels.shape, given)]);
  }

  it.each(imageExports)('$title', async ({ title, build, preprocessing }) => {
    const model = build();
    const out = join(folder, `tm ${title}`);
    const { pixels, expected } = await predicted(model, preprocessing);
    const labels = Array.from({ length: model.output.shape.at(-1)! }, (_, index) => `class ${index}`);
    await exportFunctional(model, { format: 'teachable-machine', out, preprocessing, labels });
    expect(await predictAsTeachableMachine(out, pixels)).toBeAllClose(expected, { atol: 1e-5, rtol: 1e-5 });
  });

  it('has a probability for each of two classes, by their names', async () => {
    const image = input({ shape: [8, 8, 3] });
    const flat = layers.flatten().apply(image);
    const outputs = layers.dense({ units: 1, activation: 'sigmoid' }).apply(flat);
    const model = new Functional({ inputs: image, outputs });
    model.initialize({ seed: 3 });
    const { pixels, expected } = await predicted(model, MINUS_ONE_TO_ONE);
    const out = join(folder, 'tm two');
    const about = { preprocessing: MINUS_ONE_TO_ONE, labels: ['cat', 'dog'] };
    await exportFunctional(model, { format: 'teachable-machine', out, ...about });
    expect(await predictAsTeachableMachine(out, pixels)).toBeAllClose(expected, { atol: 1e-6, rtol: 0 });
    expect(JSON.parse(await readFile(join(out, 'metadata.json'), 'utf8'))).toMatchObject({
      packageName: '@teachablemachine/image',
      labels: ['cat', 'dog'],
      imageSize: 8,
      input: { range: [-1, 255 / 127 - 1] },
    });
  });

  it('needs names to show', async () => {
    const { build, preprocessing } = imageExports[2]!;
    const asked = { format: 'teachable-machine', out: join(folder, 'tm none'), preprocessing } as const;
    await expect(exportFunctional(build(), asked)).rejects.toThrow(
      withMessage(
        'export to teachable-machine: expected a model of classes or labels, with their names, which Teachable Machine shows, received one without names. Export to keras or onnx instead.',
      ),
    );
  });
});
