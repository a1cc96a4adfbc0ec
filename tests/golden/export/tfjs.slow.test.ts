/** @file Exported models in the real TensorFlow.js: every layer there is, and whole models. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportFunctional } from '../../../src/node/export/export-functional.ts';
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
