import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { everyLayer } from '../../../tests/golden/export/every-layer.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { modelGraph } from '../../core/layers/lower-model.ts';
import { evaluateGraph } from '../../core/runtime/create-session.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { type Tensor, tensor } from '../../core/tensor/tensor.ts';
import { loadWeights } from '../../core/weights/apply.ts';
import { KERAS_FORMATS, LAYER_FORMATS } from '../../export/export-formats.ts';
import { portableModel } from '../../export/portable-model.ts';
import { MINUS_ONE_TO_ONE, TORCH_PREPROCESSING } from '../../vision/preprocessing/preprocessing.ts';
import { readWeights } from '../weights/read-weights.ts';
import { exportFunctional } from './export-functional.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-export-'));
});
afterEach(() => rm(folder, { recursive: true }));

function head(): Functional {
  const pixels = input({ shape: [2, 2, 3], name: 'pixels' });
  const pooled = layers.globalAveragePooling2d({ name: 'pool' }).apply(pixels);
  const output = layers.dense({ units: 1, activation: 'sigmoid', name: 'predictions' }).apply(pooled);
  const model = new Functional({ inputs: pixels, outputs: output, name: 'classifier' });
  model.initialize({ seed: 1 });
  return model;
}

async function run(model: Functional, pixels: Tensor): Promise<Float32Array> {
  const results = await evaluateGraph(modelGraph(model), { [model.input.layer.name]: pixels });
  return Object.values(results)[0]!.data as Float32Array;
}

describe('portableModel', () => {
  it.each(KERAS_FORMATS)('computes the same with the layers of %s', async (format) => {
    const model = everyLayer();
    const random = createRandom(7);
    const pixels = tensor(
      'float32',
      [2, 12, 12, 3],
      new Float32Array(864).map(() => random.normal()),
    );
    const portable = portableModel(model, format);
    expect(await run(portable, pixels)).toBeAllClose(await run(model, pixels), { atol: 1e-6, rtol: 0 });
    expect(portable.layers.map((layer) => layer.className)).not.toContain('LayerScale');
  });

  it('refuses what a format has no layer for, naming it', () => {
    const pixels = input({ shape: [4], name: 'x' });
    const y = layers.dense({ units: 2, activation: 'exponential', name: 'grown' }).apply(pixels);
    const model = new Functional({ inputs: pixels, outputs: y });
    model.initialize({ seed: 1 });
    expect(() => portableModel(model, 'tfjs')).toThrow(
      withMessage(
        'layer "grown_exponential": expected an activation that TensorFlow.js has, received "exponential". Export to keras or onnx instead.',
      ),
    );
    expect(portableModel(model, 'keras').layers).toHaveLength(2);
  });
});

describe('exportFunctional', () => {
  it('writes the archive of Keras 3', async () => {
    const out = join(folder, 'sub', 'model.keras');
    const date = new Date('2026-02-03T04:05:06Z');
    const options = {
      format: 'keras',
      out,
      preprocessing: MINUS_ONE_TO_ONE,
      labels: ['a', 'b'],
      date,
    } as const;
    expect(await exportFunctional(head(), options)).toEqual([out]);
    const files = unzipSync(await readFile(out));
    expect(Object.keys(files)).toEqual(['metadata.json', 'config.json', 'model.weights.h5']);
    expect(JSON.parse(strFromU8(files['metadata.json']!))).toEqual({
      keras_version: '3.0.0',
      date_saved: '2026-02-03@04:05:06',
      graft: {
        generatedBy: 'graft',
        labels: ['a', 'b'],
        input: { dtype: 'float32', shape: [2, 2, 3], channels: 'rgb', range: [0, 255] },
        output: 'probability of "b"; the rest is that of "a"',
      },
    });
    const { config } = JSON.parse(strFromU8(files['config.json']!));
    expect(config.input_layers).toEqual(['pixels', 0, 0]);
    expect(config.output_layers).toEqual(['predictions', 0, 0]);
    expect(config.layers.map((layer: { name: string }) => layer.name)).toEqual([
      'pixels',
      'preprocessing',
      'pool',
      'predictions',
    ]);
    expect(config.layers[1]).toEqual({
      module: 'keras.layers',
      class_name: 'Rescaling',
      config: { name: 'preprocessing', trainable: false, dtype: 'float32', scale: 1 / 127.5, offset: -1 },
      registered_name: null,
      name: 'preprocessing',
      inbound_nodes: [
        {
          args: [
            {
              class_name: '__keras_tensor__',
              config: { shape: [null, 2, 2, 3], dtype: 'float32', keras_history: ['pixels', 0, 0] },
            },
          ],
          kwargs: {},
        },
      ],
    });
  });

  it('writes weights that read back, in every format', async () => {
    // TensorFlow Lite's has its own names, see src/export/tflite/tflite-format.test.ts.
    for (const format of KERAS_FORMATS.filter((each) => each !== 'tflite')) {
      const out = join(folder, `m${LAYER_FORMATS[format].endings[0] ?? `-${format}`}`);
      const model = everyLayer();
      await exportFunctional(model, { format, out, preprocessing: TORCH_PREPROCESSING, labels: ['a', 'b'] });
      const written = portableModel(model, format);
      const copy = portableModel(everyLayer(), format);
      for (const { weight } of copy.weights) weight.value = weight.value.map(() => 0);
      loadWeights(
        copy,
        await readWeights(LAYER_FORMATS[format].folder === undefined ? out : join(out, 'model.json')),
      );
      expect(copy.weights.map(({ weight }) => weight.value)).toEqual(
        written.weights.map(({ weight }) => weight.value),
      );
    }
  });

  it("writes a model of TensorFlow.js, in Keras 2's words, with the classes beside it", async () => {
    const files = await exportFunctional(head(), { format: 'tfjs', out: folder, labels: ['a', 'b'] });
    expect(files).toEqual(
      ['group1-shard1of1.bin', 'metadata.json', 'model.json'].map((name) => join(folder, name)),
    );
    const model = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
    expect(model.modelTopology.model_config).toEqual({
      class_name: 'Model',
      config: {
        name: 'classifier',
        trainable: true,
        layers: [
          {
            class_name: 'InputLayer',
            config: {
              batch_input_shape: [null, 2, 2, 3],
              dtype: 'float32',
              sparse: false,
              ragged: false,
              name: 'pixels',
            },
            name: 'pixels',
            inbound_nodes: [],
          },
          {
            class_name: 'GlobalAveragePooling2D',
            config: {
              name: 'pool',
              trainable: true,
              dtype: 'float32',
              data_format: 'channels_last',
              keepdims: false,
            },
            name: 'pool',
            inbound_nodes: [[['pixels', 0, 0, {}]]],
          },
          {
            class_name: 'Dense',
            config: {
              name: 'predictions',
              trainable: true,
              dtype: 'float32',
              units: 1,
              activation: 'sigmoid',
              use_bias: true,
            },
            name: 'predictions',
            inbound_nodes: [[['pool', 0, 0, {}]]],
          },
        ],
        input_layers: [['pixels', 0, 0]],
        output_layers: [['predictions', 0, 0]],
      },
    });
    expect(model.weightsManifest).toEqual([
      {
        paths: ['group1-shard1of1.bin'],
        weights: [
          { name: 'predictions/kernel', shape: [3, 1], dtype: 'float32' },
          { name: 'predictions/bias', shape: [1], dtype: 'float32' },
        ],
      },
    ]);
    const metadata = JSON.parse(await readFile(join(folder, 'metadata.json'), 'utf8'));
    expect(metadata).toMatchObject({ modelName: 'classifier', imageSize: 2, labels: ['a', 'b'] });
  });

  it('cuts the weights of TensorFlow.js into shards of 4 MiB, which read back whole', async () => {
    const features = input({ shape: [1024], name: 'features' });
    const model = new Functional({
      inputs: features,
      outputs: layers.dense({ units: 2049, name: 'wide' }).apply(features),
    });
    model.initialize({ seed: 1 });
    const out = join(folder, 'wide');
    const names = ['group1-shard1of3.bin', 'group1-shard2of3.bin', 'group1-shard3of3.bin'];
    expect(await exportFunctional(model, { format: 'tfjs', out })).toEqual(
      [...names, 'metadata.json', 'model.json'].map((name) => join(out, name)),
    );
    const shards = await Promise.all(names.map((name) => readFile(join(out, name))));
    // 1,024 x 2,049 numbers and 2,049 biases: the last shard has what 8 MiB do not hold.
    expect(shards.map(({ length }) => length)).toEqual([2 ** 22, 2 ** 22, 4 * (1024 + 2049)]);
    const { weightsManifest } = JSON.parse(await readFile(join(out, 'model.json'), 'utf8'));
    expect(weightsManifest).toEqual([
      {
        paths: names,
        weights: [
          { name: 'wide/kernel', shape: [1024, 2049], dtype: 'float32' },
          { name: 'wide/bias', shape: [2049], dtype: 'float32' },
        ],
      },
    ]);
    const bytes = model.weights.map(({ weight: { value } }) => Buffer.from(value.slice().buffer));
    expect(Buffer.concat(shards).equals(Buffer.concat(bytes))).toBe(true);
    const { tensors } = await readWeights(join(out, 'model.json'));
    for (const { name, weight } of model.weights) {
      const { data } = tensors.get(name)!;
      expect(Buffer.compare(Buffer.from(data.slice().buffer), Buffer.from(weight.value.slice().buffer))).toBe(
        0,
      );
    }
  });

  it('leaves no adapters out', async () => {
    const model = head();
    model.enableLora(1);
    model.initialize({ seed: 1 });
    const { name } = model.layers.find(({ className }) => className === 'Dense')!;
    await expect(exportFunctional(model, { format: 'keras', out: join(folder, 'm.keras') })).rejects.toThrow(
      withMessage(
        `layer "${name}": expected kernels that adapters are merged into, received adapters apart. ` +
          'Call model.mergeLora() before.',
      ),
    );
    model.mergeLora();
    await exportFunctional(model, { format: 'keras', out: join(folder, 'm.keras') });
  });

  it('leaves what is there alone', async () => {
    const out = join(folder, 'm.h5');
    await exportFunctional(head(), { format: 'keras-h5', out });
    await expect(exportFunctional(head(), { format: 'keras-h5', out })).rejects.toThrow(
      withMessage(
        `"${out}": expected a new file or folder, received one that is there already. Remove it, or choose another --out.`,
      ),
    );
    await expect(exportFunctional(head(), { format: 'tfjs', out: folder })).rejects.toThrow(
      withMessage(
        `"${folder}": expected a new file or folder, received a folder with something in it. Remove it, or choose another --out.`,
      ),
    );
  });
});
