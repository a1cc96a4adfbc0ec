import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { FORMAT_VERSION, type TrainedModelInfo } from '../../artifacts/model-info.ts';
import type { Graph } from '../../core/graph/graph.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { parseHead } from '../../recipe/head-spec.ts';
import { DEFAULT_RECIPE } from '../../recipe/recipe.ts';
import { imageGraph } from '../../vision/preprocessing/image-graph.ts';
import { writeModelFile } from '../files/model-file.ts';
import { buildClassifier } from '../training/train-classifier.ts';
import { readWeights } from '../weights/read-weights.ts';
import { exportFunctional } from './export-functional.ts';
import { defaultExportPath, exportModelFile } from './export-model-file.ts';

const METRICS = { examples: 1, loss: 1, accuracy: 1, interval: [0, 1] } as const;

let folder: string;
let path: string;
let graph: Graph;
let info: TrainedModelInfo;
let kernel: Float32Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-export-'));
  path = join(folder, 'model.onnx');
  const request = {
    ...DEFAULT_RECIPE,
    cut: 'block_3_expand_relu',
    sizePx: 32,
    head: 'dense:4:relu',
    // Not the backbone's own, so that a mix-up of the two shows.
    preprocessing: 'zero-to-one' as const,
  };
  const { model, recipe, preprocessing } = await buildClassifier(request, 2);
  const random = createRandom(3);
  kernel = model
    .getLayer('predictions')
    .weight('kernel')
    .value.map(() => random.normal());
  model.getLayer('predictions').weight('kernel').value = kernel;
  graph = imageGraph(model, model.output, { preprocessing, output: 'probabilities' });
  info = {
    formatVersion: FORMAT_VERSION,
    graftVersion: '0.1.0',
    classNames: ['bars', 'discs'],
    input: { widthPx: 32, heightPx: 32, resize: 'squash' },
    recipe,
    backbone: { name: 'mobilenet_v2', source: 'here', license: 'Apache-2.0' },
    train: METRICS,
    validation: METRICS,
    bestEpoch: 1,
    epochs: 1,
  };
  await writeModelFile(path, graph, info);
});
afterAll(() => rm(folder, { recursive: true }));

describe('exportModelFile', () => {
  it('writes layers with the head that was trained', async () => {
    const report = await exportModelFile(path, { format: 'keras-h5' });
    const out = join(folder, 'model.h5');
    expect(report).toMatchObject({ out, files: [out], labels: ['bars', 'discs'] });
    expect(report.largestDifference).toBeLessThan(1e-6);
    const stored = await readWeights(out);
    expect(stored.tensors.get('predictions/kernel')?.data).toEqual(kernel);
  });

  it.each([
    [
      'in int8',
      { precision: 'int8' as const },
      'expected a backbone in float32, as layers have it, received one in int8, which only ONNX Runtime computes. Train with --precision float32, or export to onnx.',
    ],
  ])('refuses layers of a backbone %s', async (name, change, message) => {
    const file = join(folder, `${name}.onnx`);
    await writeModelFile(file, graph, { ...info, recipe: { ...info.recipe, ...change } });
    await expect(exportModelFile(file, { format: 'keras' })).rejects.toThrow(
      withMessage(`model "${file}": ${message}`),
    );
  });

  it.each([
    // Convolutions without a bias, ordinary and depthwise, each with a pretrained normalization.
    ['mobilenet_v2_openimages', 'block_3_expand_relu', 'block_1_expand', { unfreeze: 'block_1_expand' }],
    [
      'mobilenet_v2_openimages',
      'block_3_expand_relu',
      'block_1_expand',
      { phases: [{ unfreeze: 'block_1_expand' }] },
    ],
    // With a bias, which goes into the normalization's.
    [
      'resnet50',
      'conv2_block1_out',
      'conv2_block1_1_conv',
      { unfreeze: 'conv2_block1_1_conv', weights: 'random' },
    ],
    // Two kernels in one layer.
    ['xception', 'block2_sepconv2_bn', 'block2_sepconv1', { unfreeze: 'block2_sepconv1', weights: 'random' }],
  ])(
    'rebuilds layers that were trained further: %s up to %s, from %s on, %j',
    async (backbone, cut, from, change) => {
      const request = { ...DEFAULT_RECIPE, ...change, backbone, cut, sizePx: 72 };
      const { model, recipe, preprocessing } = await buildClassifier(request, 2);
      const layers = model.layers.slice(model.layers.findIndex(({ name }) => name === from));
      const random = createRandom(5);
      const trained = layers
        .filter(({ className }) => className !== 'BatchNormalization')
        .flatMap((layer) =>
          layer.weights.map((weight) => ({ name: `${layer.name}/${weight.spec.name}`, weight })),
        );
      expect(trained.length).toBeGreaterThan(3);
      for (const { weight } of trained)
        weight.value = weight.value.map((each) => each + 0.05 * random.normal());
      const file = join(folder, `${backbone}-${Object.keys(change)[0]}.onnx`);
      await writeModelFile(
        file,
        imageGraph(model, model.output, { preprocessing, output: 'probabilities' }),
        {
          ...info,
          recipe,
          input: { widthPx: 72, heightPx: 72, resize: 'squash' },
        },
      );
      const out = file.replace('.onnx', '.h5');
      const { largestDifference } = await exportModelFile(file, { format: 'keras-h5', out });
      expect(largestDifference).toBeLessThan(1e-5);
      const { tensors } = await readWeights(out);
      for (const { name, weight } of trained) {
        const exported = tensors.get(name)!;
        expect(exported.data).toBeAllClose(weight.value, { atol: 1e-6, rtol: 1e-5 });
      }
    },
  );

  it('copies ONNX', async () => {
    const out = join(folder, 'new', 'copy.onnx');
    expect(await exportModelFile(path, { format: 'onnx', out })).toEqual({
      out,
      files: [out],
      labels: ['bars', 'discs'],
      task: 'classification',
      largestDifference: null,
    });
    expect(await readFile(out)).toEqual(await readFile(path));
  });

  it('refuses a backbone that is not here', async () => {
    const gone = join(folder, 'gone.onnx');
    await writeModelFile(gone, graph, { ...info, recipe: { ...info.recipe, backbone: './no/such.h5' } });
    await expect(exportModelFile(gone, { format: 'keras' })).rejects.toThrow(
      withMessage(
        `model "${gone}": expected its backbone "./no/such.h5" again, for the layers that the file holds only as operators, received no file at "./no/such.h5" (weights "such.h5"). Give the backbone's weights file with --backbone, or export to onnx.`,
      ),
    );
  });

  it('takes the backbone from where it is now', async () => {
    const moved = join(folder, 'moved.h5');
    const { backbone } = await buildClassifier(info.recipe, 2);
    await exportFunctional(backbone.model, { format: 'keras-h5', out: moved });
    const away = join(folder, 'away.onnx');
    const recipe = { ...info.recipe, backbone: './no/such.h5' };
    await writeModelFile(away, graph, { ...info, recipe });
    const report = await exportModelFile(away, { format: 'keras-h5', backbone: moved });
    expect(report.largestDifference).toBeLessThan(1e-4);
    await writeModelFile(away, graph, { ...info, recipe: { ...info.recipe, weights: './no/such.h5' } });
    const again = await exportModelFile(away, {
      format: 'keras-h5',
      out: join(folder, 'b.h5'),
      backbone: moved,
    });
    expect(again.largestDifference).toBeLessThan(1e-4);
  });

  it('refuses a backbone of other weights', async () => {
    const changed = join(folder, 'changed.onnx');
    const constants = new Map(graph.constants);
    const name = [...constants.keys()].find((key) => key.includes('expand') && key.endsWith('/folded'))!;
    const stored = constants.get(name)!;
    const data = (stored.data as Float32Array).map((value) => value * 3);
    constants.set(name, { ...stored, data } as typeof stored);
    await writeModelFile(changed, { ...graph, constants }, info);
    await expect(exportModelFile(changed, { format: 'keras' })).rejects.toThrow(
      /^model ".*changed\.onnx": expected probabilities as the file's from the model that was built again, within 0\.0001, received a difference of [\d.e-]+\. The backbone has other weights than in training: give the same ones with --backbone, or export to onnx\.$/,
    );
  });

  it('refuses a file without the head', async () => {
    const headless = join(folder, 'headless.onnx');
    const recipe = { ...info.recipe, head: parseHead('dense:5:relu') };
    await writeModelFile(headless, graph, { ...info, recipe });
    await expect(exportModelFile(headless, { format: 'tfjs' })).rejects.toThrow(
      withMessage(
        `model "${headless}": expected numbers "dense/kernel" of shape [144, 5], received float32 of shape [144, 4]. The file was changed after it was written: export to onnx, or give the file as the run wrote it.`,
      ),
    );
  });
});

describe('defaultExportPath', () => {
  it('stands beside the model', () => {
    const of = (format: Parameters<typeof defaultExportPath>[1]): string =>
      defaultExportPath(join('runs', 'a.onnx'), format);
    expect([of('keras'), of('keras-h5'), of('tfjs'), of('onnx')]).toEqual(
      ['a.keras', 'a.h5', 'tfjs', 'a-copy.onnx'].map((name) => join('runs', name)),
    );
  });
});
