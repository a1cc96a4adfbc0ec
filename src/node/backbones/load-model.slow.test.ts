import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Antirectifier } from '../../../tests/support/custom-classes.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { modelGraph } from '../../core/layers/lower-model.ts';
import { evaluateGraph } from '../../core/runtime/create-session.ts';
import { floats, type Tensor } from '../../core/tensor/tensor.ts';
import { KERAS_FORMATS, LAYER_FORMATS } from '../../export/export-formats.ts';
import { exportFunctional } from '../export/export-functional.ts';
import { loadModel } from './load-model.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-load-model-'));
});
afterAll(() => rm(folder, { recursive: true }));

const pixels = floats(
  [1, 4, 4, 3],
  Float32Array.from({ length: 48 }, (_, i) => Math.sin(i)),
);

/** Two towers that are one, a normalization whose statistics are no first numbers, and layers of options. */
function network(middle = layers.activation({ activation: 'gelu' })): Functional {
  const x = input({ shape: [4, 4, 3], name: 'pixels' });
  const conv = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name: 'conv' });
  const sum = layers.add({ name: 'sum' }).apply([conv.apply(x), conv.apply(conv.output)]);
  const normalized = layers.batchNormalization({ name: 'norm' }).apply(sum);
  const pooled = layers.globalAveragePooling2d().apply(middle.apply(normalized));
  const output = layers.dense({ units: 2, activation: 'softmax', name: 'end' }).apply(pooled);
  const model = new Functional({ inputs: x, outputs: output, name: 'net' });
  model.initialize({ seed: 1 });
  model.getLayer('norm').weight('moving_mean').value = Float32Array.of(0.1, 0.2, 0.3);
  model.getLayer('conv').trainable = false;
  return model;
}

async function run(model: Functional): Promise<Tensor> {
  const results = await evaluateGraph(modelGraph(model), { [model.input.layer.name]: pixels });
  return Object.values(results)[0]!;
}

describe('loadModel', () => {
  // A file of TensorFlow Lite has operators, no layers.
  const formats = KERAS_FORMATS.filter((each) => each !== 'tflite');
  it.each(formats)('gives the layers of %s back, with their weights', async (format) => {
    const model = network();
    const out = join(folder, `${format}${LAYER_FORMATS[format].endings[0] ?? ''}`);
    await exportFunctional(model, { format, out, labels: ['a', 'b'] });
    const loaded = await loadModel(out);
    expect(loaded.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
    expect(loaded.tensors).toHaveLength(model.tensors.length);
    expect(loaded.getLayer('conv').trainable).toBe(false);
    expect(await run(loaded)).toBeAllClose(await run(model), { atol: 1e-6, rtol: 0 });
  });

  it('takes the class of a layer of one`s own', async () => {
    const model = network(new Antirectifier({ epsilon: 1e-2, name: 'own' }) as never);
    const out = join(folder, 'custom.keras');
    await exportFunctional(model, { format: 'keras', out });
    const loaded = await loadModel(out, { customLayers: [Antirectifier] });
    expect((loaded.getLayer('own') as Antirectifier).epsilon).toBe(1e-2);
    expect(await run(loaded)).toBeAllClose(await run(model), { atol: 1e-6, rtol: 0 });
    await expect(loadModel(out)).rejects.toThrow(
      withMessage(
        'layer "own" of weights "custom.keras": expected a layer that Graft has or was given, received Antirectifier. ' +
          'Pass its class: loadModel(path, { customLayers: [Antirectifier] }), or export the model to ONNX.',
      ),
    );
  });

  it('refuses a format whose reader takes no classes', async () => {
    const model = network(new Antirectifier({ name: 'own' }) as never);
    await expect(exportFunctional(model, { format: 'tfjs', out: join(folder, 'no') })).rejects.toThrow(
      withMessage(
        'layer "own": expected a layer that TensorFlow.js has, received "Antirectifier". ' +
          'Export to keras or onnx instead.',
      ),
    );
  });

  it('refuses weights without a configuration', async () => {
    await expect(loadModel('tests/golden/weights/keras3.weights.h5')).rejects.toThrow(
      withMessage(
        'weights "keras3.weights.h5": expected a model with its configuration, ' +
          'received weights alone, or layers that are not known to be connected. ' +
          'Save the whole model, model.save("model.keras"), or build its layers and call loadWeights.',
      ),
    );
  });
});
