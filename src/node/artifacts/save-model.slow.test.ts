import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { plainImage, temporaryFolder } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { FORMAT_VERSION } from '../../artifacts/model-info.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import type { SymbolicTensor } from '../../core/layers/layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { ZERO_TO_ONE } from '../../vision/preprocessing/preprocessing.ts';
import { exportModelFile } from '../export/export-model-file.ts';
import { readModelFile, writeModelFile } from '../files/model-file.ts';
import { decodeImage } from '../images/image-decoder.ts';
import { type Model, model } from '../training/model.ts';
import { Classifier } from './classifier.ts';
import { saveModel } from './save-model.ts';

type Activation = 'sigmoid' | 'softmax' | 'relu' | 'linear';

function smallModel(units: number, activation: Activation, seed = 1): Model {
  const images = input({ shape: [6, 9, 3] });
  const pooled = layers.flatten().apply(layers.conv2d({ filters: 2, kernelSize: 3 }).apply(images));
  const outputs = layers.dense({ units, activation }).apply(pooled);
  const made = model({ inputs: images, outputs, preprocessing: ZERO_TO_ONE });
  made.initialize({ seed });
  return made;
}

describe('saveModel', () => {
  it.each([
    [1, 'sigmoid'],
    [2, 'softmax'],
    [3, 'softmax'],
  ] as const)('writes what Classifier opens: %d output behind a %s', async (units, activation) => {
    const folder = await temporaryFolder();
    const made = smallModel(units, activation);
    const file = join(folder, 'deep/er/model.onnx');
    const classNames = ['ants', 'bees', 'cats'].slice(0, Math.max(2, units));
    await saveModel(made, file, { classNames });
    // Not square: height and width must not be mixed up.
    const image = join(folder, 'p.png');
    await writeFile(image, await plainImage('#c84010', 90, 60));
    const classifier = await Classifier.open(file);
    expect(classifier.classNames).toEqual(classNames);
    expect(classifier.file.info).toMatchObject({
      formatVersion: FORMAT_VERSION,
      input: { widthPx: 9, heightPx: 6, resize: 'squash', interpolation: 'bilinear' },
    });
    const answers: number[] = [];
    for await (const { probabilities } of classifier.predictFiles([{ file: image, label: 0 }]))
      answers.push(...probabilities);
    await classifier.dispose();
    const [own] = await made.predict([image]);
    const expected = units === 1 ? [1 - own![0]!, own![0]!] : own!;
    expect(answers).toBeAllClose(expected, { atol: 1e-6, rtol: 0 });
  });

  it('gives a model its images enlarged as it was trained, also one from before', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'model.onnx');
    await saveModel(smallModel(2, 'softmax'), file, { classNames: ['ants', 'bees'] });
    const { graph, info } = await readModelFile(file);
    const older = join(folder, 'older.onnx');
    const { interpolation, ...before } = info.input;
    expect(interpolation).toBe('bilinear');
    await writeModelFile(older, graph, { ...info, input: before } as typeof info);
    const image = join(folder, 'p.png');
    const noise = Uint8Array.from({ length: 4 * 3 * 3 }, (_, i) => (i * 7919) % 256);
    await writeFile(
      image,
      await sharp(noise, { raw: { width: 4, height: 3, channels: 3 } })
        .png()
        .toBuffer(),
    );
    const expected = { width: 9, height: 6 };
    const pixelsOf = {
      bilinear: await decodeImage(image, expected),
      // What Graft did before.
      libvips: await sharp(image).resize(9, 6, { fit: 'fill', kernel: 'linear' }).raw().toBuffer(),
    };
    expect(pixelsOf.libvips.equals(pixelsOf.bilinear)).toBe(false);
    for (const [path, pixels] of [
      [file, pixelsOf.bilinear],
      [older, pixelsOf.libvips],
    ] as const) {
      const classifier = await Classifier.open(path);
      const own = await classifier.predictPixels(new Uint8Array(pixels), 1);
      for await (const { probabilities } of classifier.predictFiles([{ file: image, label: 0 }]))
        expect([...probabilities]).toEqual([...own]);
      await classifier.dispose();
    }
  });

  it('numbers classes that have no names, replaces the file, and takes other preprocessing', async () => {
    const file = join(await temporaryFolder(), 'MODEL.ONNX');
    await saveModel(smallModel(3, 'softmax'), file, { classNames: ['a', 'b', 'c'] });
    await saveModel(smallModel(1, 'sigmoid'), file);
    const first = await readModelFile(file);
    expect(first.info.classNames).toEqual(['0', '1']);
    await saveModel(smallModel(1, 'sigmoid'), file, { preprocessing: { scale: 1 / 128, offset: -1 } });
    expect((await readModelFile(file)).bytes).not.toEqual(first.bytes);
    const { inputs, outputs } = smallModel(1, 'sigmoid');
    // A Functional has no preprocessing: pixels go in as they are.
    const plain = new Functional({ inputs, outputs });
    await saveModel(plain, file, { preprocessing: ZERO_TO_ONE });
    // Its name stands in the graph and among the layers.
    expect((await readModelFile(file)).bytes.length).toBe(
      first.bytes.length + 2 * ('functional'.length - 'model'.length),
    );
  });

  it('is copied by export, and has its layers for Keras and TensorFlow.js', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'model.onnx');
    await saveModel(smallModel(1, 'sigmoid'), file);
    await exportModelFile(file, { format: 'onnx' });
    expect((await readdir(folder)).sort()).toEqual(['model-copy.onnx', 'model.onnx']);
    for (const format of ['keras', 'tfjs'] as const) {
      const { labels, largestDifference } = await exportModelFile(file, { format });
      expect([labels, largestDifference]).toEqual([['0', '1'], expect.closeTo(0, 6)]);
    }
  });

  it('of a version before is refused by export, for it has no layers', async () => {
    const file = join(await temporaryFolder(), 'model.onnx');
    await saveModel(smallModel(1, 'sigmoid'), file);
    const { graph, info } = await readModelFile(file);
    await writeModelFile(file, graph, info);
    await expect(exportModelFile(file, { format: 'keras' })).rejects.toThrow(
      withMessage(
        `model "${file}": expected a recipe, to build the layers that the file holds only as operators, received a model that a program saved, without one, and without its layers. Export it from that program, with exportFunctional, or export to onnx.`,
      ),
    );
  });

  it('refuses what is no classifier of images', async () => {
    const file = join(await temporaryFolder(), 'model.onnx');
    const save = (inputs: SymbolicTensor, outputs: SymbolicTensor) =>
      saveModel(new Functional({ inputs, outputs, name: 'm' }), file);
    const images = input({ shape: [4, 4, 3] });
    await expect(save(images, layers.reLU().apply(images))).rejects.toThrow(
      withMessage(
        'model "m": expected one input [N, height, width, 3] and one output [N, classes], received [N, 4, 4, 3] and [N, 4, 4, 3]. Save a classifier of images; other models can be written with modelGraph and encodeModel.',
      ),
    );
    const vectors = input({ shape: [5] });
    await expect(save(vectors, layers.dense({ units: 2 }).apply(vectors))).rejects.toThrow(
      withMessage(
        'model "m": expected one input [N, height, width, 3] and one output [N, classes], received [N, 5] and [N, 2]. Save a classifier of images; other models can be written with modelGraph and encodeModel.',
      ),
    );
    for (const activation of ['relu', 'linear'] as const) {
      await expect(saveModel(smallModel(2, activation), file)).rejects.toThrow(
        withMessage(
          'model "model": expected an output behind a softmax or a sigmoid, which is a probability, received one of layer "dense", without. End the model with activation: \'softmax\', or \'sigmoid\' for one output.',
        ),
      );
    }
    await expect(saveModel(smallModel(1, 'linear'), file)).rejects.toMatchObject({ code: 'argument' });
  });

  it('refuses another ending, other classes, and a place that cannot be written', async () => {
    const folder = await temporaryFolder();
    const made = smallModel(3, 'softmax');
    await expect(saveModel(made, 'model.h5')).rejects.toThrow(
      withMessage(
        'saveModel: expected a file that ends in .onnx, received "model.h5". For Keras or TensorFlow.js, use exportFunctional.',
      ),
    );
    await expect(saveModel(made, 'model.onnx', { classNames: ['a', 'b'] })).rejects.toThrow(
      withMessage(
        'model "model": expected names of 3 classes, for its output of 3, received "a", "b". Give the training data\'s classNames.',
      ),
    );
    await expect(saveModel(made, 'model.onnx', { classNames: ['a', 'b', 'a'] })).rejects.toThrow(
      withMessage(
        'model "model": expected names of 3 classes, for its output of 3, received "a", "b", "a". Give the training data\'s classNames.',
      ),
    );
    await writeFile(join(folder, 'file'), '');
    const file = join(folder, 'file/deeper/model.onnx');
    await expect(saveModel(made, file)).rejects.toThrow(
      withMessage(
        `file "${join(folder, 'file/deeper')}": expected a place that can be written, received a path that leads through a file. Nothing was written there. Make room or choose another place with --out.`,
      ),
    );
  });
});
