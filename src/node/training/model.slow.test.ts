import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { learningRateScheduler } from '../../core/fit/callbacks/learning-rate-scheduler.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { LearningRate } from '../../core/optimizers/learning-rate.ts';
import { optimizers } from '../../core/optimizers/optimizers.ts';
import { schedules } from '../../core/optimizers/schedules/schedules.ts';
import { platform } from '../../core/runtime/platform.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { ZERO_TO_ONE } from '../../vision/preprocessing/preprocessing.ts';
import {
  type ImageDataset,
  imageDatasetFromDirectory,
  imageDatasetFromExamples,
} from '../images/image-dataset.ts';
import type { ClassExample } from '../images/image-examples.ts';
import { type Model, model } from './model.ts';

/** Mean colors through a frozen convolution, then one sigmoid. */
function smallModel(): Model {
  const images = input({ shape: [8, 8, 3] });
  const frozen = layers.conv2d({ filters: 4, kernelSize: 3, name: 'frozen', trainable: false }).apply(images);
  const pooled = layers.globalAveragePooling2d().apply(frozen);
  const output = layers.dense({ units: 1, activation: 'sigmoid' }).apply(pooled);
  return model({ inputs: images, outputs: output, preprocessing: ZERO_TO_ONE });
}

function compiled(learningRate: LearningRate = 0.1): Model {
  const made = smallModel();
  made.compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: 'binary_crossentropy',
    metrics: ['accuracy'],
  });
  return made;
}

describe('Model', () => {
  let folder: string;
  let train: ImageDataset;
  let validation: ImageDataset;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graft-model-'));
    const random = createRandom(3);
    for (const [name, red] of [
      ['blue', 20],
      ['red', 160],
    ] as const) {
      await mkdir(join(folder, name));
      for (let i = 0; i < 20; i++) {
        const background = {
          r: red + random.integer(60),
          g: random.integer(100),
          b: 200 - red + random.integer(50),
        };
        await sharp({ create: { width: 8, height: 8, channels: 3, background } })
          .png()
          .toFile(join(folder, name, `${i}.png`));
      }
    }
    const options = { imageSize: [8, 8], batchSize: 8, validationSplit: 0.25 } as const;
    train = await imageDatasetFromDirectory(folder, { ...options, subset: 'training' });
    validation = await imageDatasetFromDirectory(folder, { ...options, subset: 'validation' });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['epochs', { epochs: 0 }, 'a whole number from 1 to 1,000,000', '0'],
    [
      'seed',
      { seed: Number.NaN },
      'a whole number from -9,007,199,254,740,991 to 9,007,199,254,740,991',
      'NaN',
    ],
    ['views', { views: 2.5 }, 'a whole number from 1 to 1,000,000', '2.5'],
  ])('refuses %s that cannot be', async (name, options, expected, received) => {
    await expect(compiled().fit(train, options)).rejects.toThrow(
      withMessage(
        `fit: expected ${expected} for "${name}", received ${received}. Correct it, or leave it out for the default.`,
      ),
    );
  });

  it('learns, tells its history by the names of Keras, and answers', async () => {
    const made = compiled();
    const { history, ended } = await made.fit(train, { epochs: 30, validationData: validation });
    expect(ended).toBe('epochs');
    expect(Object.keys(history)).toEqual(['loss', 'accuracy', 'val_loss', 'val_accuracy', 'learning_rate']);
    expect(history['loss']).toHaveLength(30);
    expect(history['val_accuracy']!.at(-1)).toBe(1);
    const [blue, red] = await made.predict([join(folder, 'blue', '0.png'), join(folder, 'red', '0.png')]);
    expect(blue![0]).toBeLessThan(0.5);
    expect(red![0]).toBeGreaterThan(0.5);
    const measured = await made.evaluate(validation);
    expect(measured['accuracy']).toBe(1);
    expect(measured['loss']!).toBeAllClose(history['val_loss']!.at(-1)!, { atol: 1e-5, rtol: 0 });
  });

  it('does the same with images in memory as with their files', async () => {
    const inMemory = async ({ samples, classNames }: ImageDataset) =>
      imageDatasetFromExamples(
        await Promise.all(
          samples.map(async ({ file, label }) => ({
            image: await readFile(file),
            label: classNames[label]!,
          })),
        ),
        { imageSize: [8, 8], batchSize: 8 },
      );
    const [ours, theirs] = [compiled(), compiled()];
    const { history } = await ours.fit(await inMemory(train), {
      epochs: 2,
      validationData: await inMemory(validation),
    });
    expect(history).toEqual((await theirs.fit(train, { epochs: 2, validationData: validation })).history);
    expect(await ours.evaluate(await inMemory(validation))).toEqual(await theirs.evaluate(validation));
    const bytes = await Promise.all(validation.samples.map(({ file }) => readFile(file)));
    expect(await ours.predict(bytes)).toEqual(await theirs.predict(validation));
    await expect(ours.predict([bytes[0]!, Buffer.from('no image, only words')])).rejects.toThrow(
      withMessage(
        'image "image 2 of 2": expected an image, received not an image. Give a JPEG, PNG, WebP, GIF, TIFF or AVIF file.',
      ),
    );
  });

  it('splits examples as it splits a folder', async () => {
    const list: ClassExample[] = [];
    for (const label of ['blue', 'red']) {
      for (let i = 0; i < 20; i++) {
        list.push({
          image: await readFile(join(folder, label, `${i}.png`)),
          label,
          name: join(label, `${i}.png`),
        });
      }
    }
    const options = { imageSize: [8, 8], batchSize: 8, validationSplit: 0.25 } as const;
    const names = ({ samples }: ImageDataset) => samples.map(({ file }) => file.replace(`${folder}/`, ''));
    for (const [subset, expected] of [
      ['training', train],
      ['validation', validation],
    ] as const) {
      expect(names(await imageDatasetFromExamples(list, { ...options, subset }))).toEqual(names(expected));
    }
  });

  it('runs on the machine that it is given', async () => {
    const runtime = { ...platform };
    const own = vi.spyOn(runtime, 'createSession');
    const other = vi.spyOn(platform, 'createSession');
    const made = compiled();
    made.initialize({ seed: 1 });
    await made.evaluate(validation, { runtime });
    await made.predict(validation, { runtime });
    expect([own.mock.calls.length, other.mock.calls.length]).toEqual([2, 0]);
    other.mockRestore();
  });

  it('does the same for the same seed, and leaves frozen layers as they are', async () => {
    const options = { epochs: 3, validationData: validation, augmentation: 'geometric', seed: 5 };
    const [first, second] = [compiled(), compiled()];
    first.initialize({ seed: 5 });
    const before = first.getLayer('frozen').weight('kernel').value.slice();
    const { history } = await first.fit(train, options);
    expect((await second.fit(train, options)).history).toEqual(history);
    expect(first.getLayer('frozen').weight('kernel').value).toEqual(before);
    const { history: other } = await compiled().fit(train, { ...options, seed: 6 });
    expect(other['loss']).not.toEqual(history['loss']);
  });

  it('never augments validation images', async () => {
    // All training images turn black: nothing tells the classes apart, and no kernel moves.
    const black = 'brightness:0..0';
    const made = compiled();
    const { history } = await made.fit(train, { epochs: 3, validationData: validation, augmentation: black });
    const plain = await made.evaluate(validation);
    expect(history['val_loss']!.at(-1)!).toBeAllClose(plain['loss']!, { atol: 1e-6, rtol: 0 });
    expect(history['val_loss']!.at(-1)!).not.toBeCloseTo(history['loss']!.at(-1)!, 3);
    const kernel = made.getLayer('dense').weight('kernel').value;
    const untouched = compiled();
    untouched.initialize({ seed: 1 });
    expect(kernel).toEqual(untouched.getLayer('dense').weight('kernel').value);
  });

  it('counts classes by their weight', async () => {
    const made = compiled(0.05);
    await made.fit(train, { epochs: 20, classWeight: { blue: 0, red: 1 } });
    const answers = await made.predict(validation);
    expect(answers.every(([red]) => red! > 0.5)).toBe(true);
  });

  it("follows a schedule of the optimizer's, which no callback may change", async () => {
    // 30 training images in batches of 8: 4 steps an epoch, so 12 of the run. The last step's rate is told.
    const rate = (step: number) => 0.05 * (1 + Math.cos((Math.PI * step) / 12));
    const decay = schedules.cosineDecay({ initialLearningRate: 0.1 });
    const { history } = await compiled(decay).fit(train, { epochs: 3 });
    expect(history['learning_rate']).toBeAllClose([rate(3), rate(7), rate(11)], { atol: 1e-12, rtol: 0 });
    const { history: constant } = await compiled(0.1).fit(train, { epochs: 3 });
    expect(history['loss']).not.toEqual(constant['loss']);

    // As on the command line, lengths may be epochs.
    const steps = schedules.parse('step:every=1epoch,factor=0.5', 0.1);
    const stepped = await compiled(steps).fit(train, { epochs: 3 });
    expect(stepped.history['learning_rate']).toEqual([0.1, 0.05, 0.025]);

    const callbacks = [learningRateScheduler(() => 0.01)];
    await expect(compiled(decay).fit(train, { callbacks })).rejects.toThrow(
      withMessage(
        'callback: expected a learning rate that no schedule sets, received 0.01, beside the schedule of the optimizer. ' +
          'Leave out the schedule, or the callback that changes the rate.',
      ),
    );
  });

  it('wants to be compiled, and images of its size', async () => {
    await expect(smallModel().fit(train)).rejects.toThrow(
      withMessage(
        'model "model": expected a model that was compiled, received one that was not. Call model.compile({ optimizer, loss }) first.',
      ),
    );
    await expect(compiled().fit({ ...train, imageSize: [9, 8] })).rejects.toThrow(
      withMessage(
        `image folder "${folder}": expected imageSize [8, 8], the model's input, received [9, 8]. Make the data set, or the model, with the other size.`,
      ),
    );
  });
});
