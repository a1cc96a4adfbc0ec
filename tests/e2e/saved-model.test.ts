/** @file A model of a program's own, compiled and fitted as in Keras, saved, and used by the built command line. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Classifier,
  imageDatasetFromDirectory,
  input,
  layers,
  loadModel,
  loadWeights,
  type Model,
  model,
  modelCheckpoint,
  optimizers,
  preprocessing,
  readWeights,
  saveModel,
  seriesOf,
} from '../../src/index.ts';
import { graft } from './cli.ts';
import { evaluateDocument, predictDocument } from './contract.ts';
import { drawWorkplace, type Workplace } from './trained-models.ts';

const LOOK = { imageSize: [32, 32], batchSize: 8, validationSplit: 0.25 } as const;

function threeClasses(): Model {
  const images = input({ shape: [32, 32, 3] });
  const frozen = layers
    .conv2d({ filters: 8, kernelSize: 5, trainable: false, activation: 'relu' })
    .apply(images);
  const pooled = layers.flatten().apply(layers.averagePooling2d({ poolSize: 4 }).apply(frozen));
  const outputs = layers.dense({ units: 3, activation: 'softmax' }).apply(pooled);
  return model({ inputs: images, outputs, preprocessing: preprocessing.minusOneToOne });
}

describe('a model that a program saved', () => {
  let work: Workplace;
  let trained: Model;
  let classNames: readonly string[];
  let accuracies: readonly number[];
  let own: Record<string, number>;

  beforeAll(async () => {
    work = await drawWorkplace();
    const folder = join(work.cwd, 'three');
    const train = await imageDatasetFromDirectory(folder, { ...LOOK, subset: 'training' });
    const validation = await imageDatasetFromDirectory(folder, { ...LOOK, subset: 'validation' });
    classNames = train.classNames;
    trained = threeClasses();
    trained.compile({
      optimizer: optimizers.adam({ learningRate: 3e-3 }),
      loss: 'sparse_categorical_crossentropy',
      metrics: ['accuracy'],
    });
    const history = await trained.fit(train, {
      epochs: 8,
      validationData: validation,
      callbacks: [
        modelCheckpoint(join(work.cwd, 'best.onnx'), {
          model: trained,
          classNames,
          saveBestOnly: true,
          monitor: 'val_accuracy',
        }),
        modelCheckpoint(join(work.cwd, 'weights/{epoch:02d}.safetensors'), {
          model: trained,
          saveWeightsOnly: true,
        }),
      ],
    });
    accuracies = seriesOf(history, 'val_accuracy');
    await saveModel(trained, join(work.cwd, 'last.onnx'), { classNames });
    own = await trained.evaluate(await imageDatasetFromDirectory(folder, { imageSize: [32, 32] }));
  });
  afterAll(() => rm(work.cwd, { recursive: true, force: true }));

  it('has the last weights, and is evaluated as the model itself', async () => {
    const { status, stdout } = await graft(['evaluate', 'last.onnx', 'three', '--json'], { cwd: work.cwd });
    expect(status).toBe(0);
    const { accuracy, loss } = evaluateDocument.parse(JSON.parse(stdout));
    expect(accuracy).toBe(own['accuracy']);
    expect(loss).toBeAllClose(own['loss']!, { atol: 1e-5, rtol: 0 });
  });

  it('predicts', async () => {
    const image = 'three/rings/rings0.jpg';
    const { status, stdout } = await graft(['predict', 'last.onnx', image, '--json'], { cwd: work.cwd });
    expect(status).toBe(0);
    const [answer] = predictDocument.parse(JSON.parse(stdout));
    if (!answer || 'error' in answer) throw new Error('not predicted');
    const [expected] = await trained.predict([join(work.cwd, image)]);
    const probabilities = classNames.map((name) => answer.probabilities[name]!);
    expect(probabilities).toBeAllClose(expected!, { atol: 1e-5, rtol: 0 });
  });

  it('is summarized without a recipe', async () => {
    const { status, stdout } = await graft(['summary', 'last.onnx'], { cwd: work.cwd });
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^classes {5}bars, discs, rings\ninput {7}image, uint8 \[N, 32, 32, 3\], RGB\noutput {6}probabilities, float32 \[N, 3\]\nsize {8}[\d,]+ numbers, 0\.0 MB, \d+ operators\nwritten by {2}graft \d+\.\d+\.\d+\n$/,
    );
  });

  it('is exported to onnx, and, as its layers are kept, to Keras', async () => {
    const copied = await graft(['export', 'last.onnx', '--to', 'onnx', '--out', 'copy.onnx'], {
      cwd: work.cwd,
    });
    expect(copied.status).toBe(0);
    const exported = await graft(['export', 'last.onnx', '--to', 'keras'], { cwd: work.cwd });
    expect(exported.status).toBe(0);
    const again = await loadModel(join(work.cwd, 'last.keras'));
    expect(again.getLayer('dense').weight('kernel').value).toEqual(
      trained.getLayer('dense').weight('kernel').value,
    );
  });

  it('was saved at its best epoch, and all its weights at every one', async () => {
    const best = 1 + accuracies.indexOf(Math.max(...accuracies));
    const again = threeClasses();
    loadWeights(again, await readWeights(join(work.cwd, `weights/0${best}.safetensors`)));
    const image = join(work.cwd, 'three/discs/discs3.jpg');
    const [expected] = await again.predict([image]);
    const classifier = await Classifier.open(join(work.cwd, 'best.onnx'));
    expect(classifier.classNames).toEqual(classNames);
    for await (const { probabilities } of classifier.predictFiles([{ file: image, label: 0 }]))
      expect(probabilities).toBeAllClose(expected!, { atol: 1e-5, rtol: 0 });
    await classifier.dispose();
    loadWeights(again, await readWeights(join(work.cwd, 'weights/08.safetensors')));
    expect(again.getLayer('dense').weight('kernel').value).toEqual(
      trained.getLayer('dense').weight('kernel').value,
    );
  });
});
