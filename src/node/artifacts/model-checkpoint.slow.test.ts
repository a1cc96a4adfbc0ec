import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import type { Callback, TrainingControl } from '../../core/fit/callbacks/callback.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { loadWeights } from '../../core/weights/apply.ts';
import { ZERO_TO_ONE } from '../../vision/preprocessing/preprocessing.ts';
import { writeError, writeWhole } from '../files/write-file.ts';
import { type Model, model } from '../training/model.ts';
import { readWeights } from '../weights/read-weights.ts';
import { Classifier } from './classifier.ts';
import { modelCheckpoint } from './model-checkpoint.ts';

// As it is, but for one test.
vi.mock('../files/write-file.ts', { spy: true });

function smallModel(seed = 1): Model {
  const images = input({ shape: [4, 4, 3] });
  const frozen = layers.conv2d({ filters: 2, kernelSize: 3, name: 'frozen', trainable: false }).apply(images);
  const pooled = layers.globalAveragePooling2d().apply(frozen);
  const outputs = layers.dense({ units: 1, activation: 'sigmoid' }).apply(pooled);
  const made = model({ inputs: images, outputs, preprocessing: ZERO_TO_ONE });
  made.initialize({ seed });
  return made;
}

/** Tells a callback of epochs with these metrics, whose trained weights are all the number of the epoch. */
async function train(callback: Callback, logs: readonly Record<string, number>[]): Promise<void> {
  for (const [index, metrics] of logs.entries()) {
    const epoch = index + 1;
    const weights = new Map([
      ['dense/kernel', new Float32Array(2).fill(epoch)],
      ['dense/bias', new Float32Array(1).fill(epoch)],
    ]);
    const control: TrainingControl = {
      learningRate: 1,
      epochs: logs.length,
      stop: () => {},
      readWeights: async () => ({ iteration: 0, weights, slots: new Map() }),
      releaseWeights: () => {},
      writeWeights: async () => {},
    };
    await callback.onEpochEnd?.({ epoch, logs: metrics, seconds: 1 }, control);
  }
}

/** The epoch whose weights are in a file. */
async function epochIn(file: string): Promise<number | undefined> {
  return (await readWeights(file)).tensors.get('dense/bias')?.data[0];
}

const losses = (...values: number[]) => values.map((val_loss) => ({ val_loss }));

describe('modelCheckpoint', () => {
  it('saves every epoch under a name of its own', async () => {
    const folder = await temporaryFolder();
    const filepath = join(folder, 'runs/{epoch:02d}-{val_loss:.4f}.safetensors');
    await train(modelCheckpoint(filepath, { model: smallModel(), saveWeightsOnly: true }), losses(3, 0.5, 1));
    const names = ['01-3.0000.safetensors', '02-0.5000.safetensors', '03-1.0000.safetensors'];
    expect((await readdir(join(folder, 'runs'))).sort()).toEqual(names);
    expect(await Promise.all(names.map((name) => epochIn(join(folder, 'runs', name))))).toEqual([1, 2, 3]);
  });

  it.each([
    ['the least loss', {}, 'val_loss', [3, 1, 2, 1], 2],
    ['the largest accuracy', { monitor: 'val_accuracy' }, 'val_accuracy', [0.5, 0.9, 0.8, 0.9], 2],
    ['the largest share among the first', { monitor: 'val_top_k' }, 'val_top_k', [0.5, 0.9, 0.8], 2],
    ['the least, if told so', { monitor: 'val_accuracy', mode: 'min' }, 'val_accuracy', [0.5, 0.9, 0.1], 3],
    ['the largest, if told so', { mode: 'max' }, 'val_loss', [3, 4, 2], 2],
    ['only what beats the threshold', { initialValueThreshold: 0.6 }, 'val_loss', [0.7, 0.5, 0.65], 2],
    ['a number rather than none', {}, 'val_loss', [Number.NaN, 5, Number.NaN], 2],
  ] as const)('with saveBestOnly keeps %s', async (_, options, monitored, values, best) => {
    const file = join(await temporaryFolder(), 'best.safetensors');
    const checkpoint = modelCheckpoint(file, {
      model: smallModel(),
      saveBestOnly: true,
      saveWeightsOnly: true,
      ...options,
    });
    await train(
      checkpoint,
      values.map((value) => ({ [monitored]: value })),
    );
    expect(await epochIn(file)).toBe(best);
  });

  it('saves nothing that does not beat the threshold, and goes on counting in a second fit', async () => {
    const folder = await temporaryFolder();
    const checkpoint = modelCheckpoint(join(folder, '{epoch}.safetensors'), {
      model: smallModel(),
      monitor: 'accuracy',
      saveBestOnly: true,
      saveWeightsOnly: true,
      initialValueThreshold: 0.9,
    });
    await train(checkpoint, [{ accuracy: 0.9 }, { accuracy: 0.8 }]);
    expect(await readdir(folder)).toEqual([]);
    await train(checkpoint, [{ accuracy: 0.7 }, { accuracy: 0.95 }]);
    await train(checkpoint, [{ accuracy: 0.94 }]);
    expect(await readdir(folder)).toEqual(['2.safetensors']);
  });

  it('goes on from a state after a restart', async () => {
    const folder = await temporaryFolder();
    const make = () =>
      modelCheckpoint(join(folder, '{epoch}.safetensors'), {
        model: smallModel(),
        saveBestOnly: true,
        saveWeightsOnly: true,
      });
    const before = make();
    await train(before, losses(2));
    const after = make();
    after.restore!(before.state!());
    await train(after, losses(4, 3, 1));
    expect((await readdir(folder)).sort()).toEqual(['1.safetensors', '3.safetensors']);
  });

  it('writes all weights, frozen ones too, and they come back', async () => {
    const file = join(await temporaryFolder(), 'w.safetensors');
    const trained = smallModel(1);
    await train(modelCheckpoint(file, { model: trained, saveWeightsOnly: true }), losses(1, 1));
    const other = smallModel(2);
    loadWeights(other, await readWeights(file));
    const numbers = (of: Model, layer: string, name: string) => of.getLayer(layer).weight(name).value;
    expect(numbers(other, 'frozen', 'kernel')).toEqual(numbers(trained, 'frozen', 'kernel'));
    expect([...numbers(other, 'dense', 'kernel')]).toEqual([2, 2]);
    // The model itself is left alone.
    expect([...numbers(trained, 'dense', 'kernel')]).not.toEqual([2, 2]);
  });

  it('writes whole models', async () => {
    const file = join(await temporaryFolder(), 'best.onnx');
    const options = { model: smallModel(), saveBestOnly: true, classNames: ['cats', 'dogs'] };
    await train(modelCheckpoint(file, options), losses(2, 1, 3));
    const classifier = await Classifier.open(file);
    expect(classifier.classNames).toEqual(['cats', 'dogs']);
    // On black, the frozen part gives its bias, 0: what is left is the sigmoid of the bias.
    const [, dogs] = await classifier.predictPixels(new Uint8Array(4 * 4 * 3), 1);
    await classifier.dispose();
    expect(dogs!).toBeAllClose(1 / (1 + Math.exp(-2)), { atol: 1e-6, rtol: 0 });
  });

  it('wants a metric that there is', async () => {
    const checkpoint = modelCheckpoint('never.onnx', { model: smallModel(), saveBestOnly: true });
    await expect(train(checkpoint, [{ loss: 1, accuracy: 0 }])).rejects.toThrow(
      withMessage(
        'model checkpoint: expected a metric among "loss", "accuracy", received "val_loss". Give validation data, or monitor "loss".',
      ),
    );
    const named = modelCheckpoint('{val_los:.2f}.onnx', { model: smallModel() });
    await expect(train(named, losses(1))).rejects.toThrow(
      withMessage(
        'model checkpoint: expected fields among {epoch}, {val_loss} in the file name, received {val_los}. Did you mean {val_loss}?',
      ),
    );
  });

  it('refuses at once what cannot be saved', () => {
    const made = smallModel();
    expect(() => modelCheckpoint('best.keras', { model: made })).toThrow(
      withMessage(
        'model checkpoint: expected a file path that ends in .onnx, with saveWeightsOnly: false, received "best.keras". Whole models are .onnx files, weights alone are .safetensors files.',
      ),
    );
    expect(() => modelCheckpoint('best.onnx', { model: made, saveWeightsOnly: true })).toThrow(
      withMessage(
        'model checkpoint: expected a file path that ends in .safetensors, with saveWeightsOnly: true, received "best.onnx". Whole models are .onnx files, weights alone are .safetensors files.',
      ),
    );
    expect(() => modelCheckpoint('best.onnx', { model: made, classNames: ['cats'] })).toThrow(
      withMessage(
        'model "model": expected names of 2 classes, for its output of 1, received "cats". Give the training data\'s classNames.',
      ),
    );
  });

  it.each([false, true])('says where the disk is full, weights only: %s', async (saveWeightsOnly) => {
    const folder = await temporaryFolder();
    const file = join(folder, saveWeightsOnly ? 'w.safetensors' : 'm.onnx');
    await writeFile(file, 'old');
    vi.mocked(writeWhole).mockImplementationOnce(async (path) => {
      throw writeError(path, Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
    });
    const checkpoint = modelCheckpoint(file, { model: smallModel(), saveWeightsOnly });
    await expect(train(checkpoint, losses(1))).rejects.toThrow(
      withMessage(
        `model checkpoint "${file}": expected a place that can be written, received a full disk. The training ended there: make room, or choose another filepath.`,
      ),
    );
  });

  it.each([false, true])('says that a place cannot be written, weights only: %s', async (saveWeightsOnly) => {
    const folder = await temporaryFolder();
    const ending = saveWeightsOnly ? 'safetensors' : 'onnx';
    const save = (file: string) =>
      train(modelCheckpoint(file, { model: smallModel(), saveWeightsOnly }), losses(1));
    await writeFile(join(folder, 'file'), '');
    const through = join(folder, 'file/deeper', `a.${ending}`);
    await expect(save(through)).rejects.toThrow(
      withMessage(
        `model checkpoint "${through}": expected a place that can be written, received a path that leads through a file. The training ended there: make room, or choose another filepath.`,
      ),
    );
    const taken = join(folder, `taken.${ending}`);
    await mkdir(taken);
    await expect(save(taken)).rejects.toThrow(
      withMessage(
        `model checkpoint "${taken}": expected a place that can be written, received a folder of that name. The training ended there: make room, or choose another filepath.`,
      ),
    );
    expect((await readdir(folder)).sort()).toEqual(['file', `taken.${ending}`]);
  });
});
