import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawImages } from '../../../tests/e2e/drawn-images.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { layers } from '../../core/layers/layers.ts';
import { optimizers } from '../../core/optimizers/optimizers.ts';
import type { RecipeInput } from '../../recipe/recipe.ts';
import { readRecipe } from '../../recipe/recipe-input.ts';
import type { TrainedClassifier } from '../../runs/grow-classifier.ts';
import { evaluate } from '../../use-cases/evaluate.ts';
import { train } from '../../use-cases/train.ts';
import { exportModelFile } from '../export/export-model-file.ts';
import { imageDatasetFromDirectory } from '../images/image-dataset.ts';
import { gatherImages } from '../training/image-sets.ts';
import { model } from '../training/model.ts';
import { trainClassifier } from '../training/training-call.ts';
import { Classifier } from './classifier.ts';
import { loadModel } from './load-layers.ts';
import { saveClassifier } from './save-classifier.ts';
import { saveModel } from './save-model.ts';

const RECIPE: RecipeInput = { sizePx: 48, epochs: 2, learningRate: 1e-2, seed: 3, head: 'gap,dense:16:relu' };
let root: string;
let trained: TrainedClassifier;
let saved: string;

const at = (...names: string[]): string => join(root, ...names);

async function trainOnFolder(recipe: RecipeInput): Promise<TrainedClassifier> {
  return trainClassifier(await gatherImages(at('data'), readRecipe(recipe)), { folder: at('data'), recipe });
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'graft-saved-'));
  for (const motif of ['bars', 'discs'] as const) await drawImages(at('data'), motif, 8);
  trained = await trainOnFolder(RECIPE);
  saved = at('models', 'saved.onnx');
  await saveClassifier(trained, saved);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('saveClassifier', () => {
  it('writes the very bytes that graft train writes', async () => {
    const { report } = await train(at('data'), { recipe: RECIPE, out: at('run'), cache: false });
    expect((await readFile(saved)).equals(await readFile(report.model))).toBe(true);
  });

  it('writes what every export takes', async () => {
    for (const format of ['keras', 'keras-h5', 'tfjs', 'onnx'] as const) {
      const { files, labels, largestDifference } = await exportModelFile(saved, { format });
      expect(files.length).toBeGreaterThan(0);
      expect(labels).toEqual(['bars', 'discs']);
      if (format !== 'onnx') expect(largestDifference).toBeLessThan(1e-6);
    }
  });

  it('writes what evaluate knows the training images by, from memory too', async () => {
    const images = ['bars', 'discs'].map(async (label) => ({
      image: await readFile(at('data', label, `${label}0.jpg`)),
      label,
      name: label,
    }));
    const report = await evaluate(saved, await Promise.all(images));
    expect(report).toMatchObject({ data: 'images in memory', examples: 2, split: 'all' });
    const hashes = new Set(await evaluate(saved, at('data')).then(({ trainedOn }) => trainedOn!.files));
    expect(hashes.size).toBeGreaterThanOrEqual(trained.train.examples);
    expect(report.trainedOn!.found).toBe(
      ['bars', 'discs'].filter((label) => hashes.has(at('data', label, `${label}0.jpg`))).length,
    );
    await expect(evaluate(saved, await Promise.all(images), { split: 'val' })).rejects.toThrow(
      withMessage(
        'images: expected a folder with train/, val/ and test/, for --split val, received examples. Leave out --split, or give those of that part.',
      ),
    );
  });

  it('wants the ending of a model file', async () => {
    await expect(saveClassifier(trained, at('saved.keras'))).rejects.toThrow(
      withMessage(
        `saveClassifier: expected a file that ends in .onnx, received "${at('saved.keras')}". For Keras or TensorFlow.js, use exportFunctional.`,
      ),
    );
  });
});

describe('loadModel of a model file', () => {
  it('gives the layers with their weights, and their preprocessing', async () => {
    const loaded = await loadModel(saved);
    expect(loaded.weights.map(({ name, trainable }) => [name, trainable])).toEqual(
      trained.model.weights.map(({ name, trainable }) => [name, trainable]),
    );
    for (const [index, { weight }] of loaded.weights.entries()) {
      // Buffers are compared at once, arrays number by number.
      expect(bytesOf(weight.value).equals(bytesOf(trained.model.weights[index]!.weight.value))).toBe(true);
    }
    const image = await readFile(at('data', 'discs', 'discs0.jpg'));
    const classifier = await Classifier.open(saved);
    const { probabilities } = await classifier.predict(image);
    await classifier.dispose();
    expect(await loaded.predict([image])).toBeAllClose([probabilities['discs']!], { atol: 1e-6, rtol: 0 });
  });

  it('gives the weights of what was unfrozen', async () => {
    const phases = [
      { unfreeze: 'block_15_project', epochs: 1, learningRate: 1e-3, optimizer: 'sgd' } as const,
    ];
    const deeper = await trainOnFolder({ ...RECIPE, epochs: 1, phases });
    await saveClassifier(deeper, at('deeper.onnx'));
    const loaded = await loadModel(at('deeper.onnx'));
    const own = loaded.weights.filter(({ trainable }) => trainable);
    expect(own.map(({ name }) => name)).toEqual(
      deeper.model.weights.filter(({ trainable }) => trainable).map(({ name }) => name),
    );
    expect(own.length).toBeGreaterThan(4);
    for (const { name, weight } of own) {
      const theirs = deeper.model.weights.find((each) => each.name === name)!.weight;
      expect([...weight.value]).toBeAllClose([...theirs.value], { atol: 1e-5, rtol: 1e-5 });
    }
  });

  it('trains on, and carries a new head', async () => {
    const data = await imageDatasetFromDirectory(at('data'), { imageSize: [48, 48], batchSize: 4 });
    const loaded = await loadModel(saved);
    loaded.compile({ optimizer: optimizers.adam(), loss: 'binary_crossentropy', metrics: ['accuracy'] });
    const before = loaded.getLayer('dense').weight('kernel').value.slice();
    const { history } = await loaded.fit(data, { epochs: 2 });
    expect(history['loss']![1]!).toBeLessThan(history['loss']![0]!);
    expect(loaded.getLayer('dense').weight('kernel').value).not.toEqual(before);

    const features = loaded.getLayer('dense').output;
    const outputs = layers.dense({ units: 2, activation: 'softmax', name: 'new_head' }).apply(features);
    const grafted = model({ inputs: loaded.inputs, outputs, preprocessing: loaded.preprocessing });
    grafted.compile({ optimizer: optimizers.adam(), loss: 'sparse_categorical_crossentropy' });
    await grafted.fit(data, { epochs: 1 });
    await saveModel(grafted, at('grafted.onnx'), { classNames: data.classNames });
    const again = await loadModel(at('grafted.onnx'));
    expect(again.preprocessing).toEqual(loaded.preprocessing);
    for (const [index, { name, trainable, weight }] of again.weights.entries()) {
      const own = grafted.weights[index]!;
      expect([name, trainable]).toEqual([own.name, own.trainable]);
      expect([...weight.value]).toBeAllClose([...own.weight.value], { atol: 1e-5, rtol: 1e-5 });
    }
    const image = at('data', 'discs', 'discs0.jpg');
    const [[told], [known]] = [await again.predict([image]), await grafted.predict([image])];
    expect(told!).toBeAllClose(known!, { atol: 1e-6, rtol: 0 });
  });

  it('is a backbone of a training, too', async () => {
    const onIt = await trainOnFolder({ ...RECIPE, backbone: saved, head: 'linear', sizePx: undefined });
    expect(onIt.backbone.pretrainedConfig.architecture).toBe('onnx');
  });
});
