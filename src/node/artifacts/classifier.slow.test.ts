import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { plainImage } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import {
  encodeModelInfo,
  FORMAT_VERSION,
  type MultiLabelModelInfo,
  type RegressionModelInfo,
  type SavedModelInfo,
} from '../../artifacts/model-info.ts';
import type { PredictionConfidence } from '../../artifacts/prediction.ts';
import type { StoredMultiLabelReport, StoredRegressionReport } from '../../artifacts/report-schema.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Graph } from '../../core/graph/graph.ts';
import { encodeModel } from '../../core/onnx/encoder.ts';
import { floats } from '../../core/tensor/tensor.ts';
import { DEFAULT_RECIPE } from '../../recipe/recipe.ts';
import type { ClassPrediction } from '../../recipe/tasks/classification.ts';
import type { LabelsPrediction } from '../../recipe/tasks/multi-label.ts';
import type { ValuesPrediction } from '../../recipe/tasks/regression.ts';
import { writeModelFile } from '../files/model-file.ts';
import { Classifier } from './classifier.ts';

const INPUT = { widthPx: 8, heightPx: 8, resize: 'squash' as const };
const FACTS = { formatVersion: FORMAT_VERSION, graftVersion: '1.2.3', input: INPUT };
const TRAINED = {
  ...FACTS,
  recipe: {
    ...DEFAULT_RECIPE,
    task: 'classification' as const,
    cut: 'x',
    sizePx: 8,
    resize: 'squash' as const,
  },
  backbone: { name: 'x', source: 'npm', license: 'MIT' },
  bestEpoch: 1,
  epochs: 1,
};

/** The mean of each channel, divided by `divisor`; as a softmax where there are classes. */
function channels(outputName: string, divisor: number, isSoftmax: boolean): Graph {
  const builder = new GraphBuilder('channels');
  const image = builder.input('image', 'uint8', ['N', 8, 8, 3]);
  const pixels = builder.op('Cast', [image], { to: 'float32' });
  const means = builder.op('ReduceMean', [pixels, builder.integers([1, 2])], { keepdims: 0 });
  const scaled = builder.op('Div', [means, builder.constant(floats([1], [divisor]), 'divisor')]);
  builder.output(isSoftmax ? builder.op('Softmax', [scaled], { axis: 1 }) : scaled, outputName);
  return builder.build();
}

/** The mean of each channel over the left half, as a fraction. */
function leftHalf(): Graph {
  const builder = new GraphBuilder('left-half');
  const image = builder.input('image', 'uint8', ['N', 8, 8, 3]);
  const pixels = builder.op('Cast', [image], { to: 'float32' });
  const mask = floats(
    [1, 1, 8, 1],
    Array.from({ length: 8 }, (_, x) => (x < 4 ? 2 / 255 : 0)),
  );
  const masked = builder.op('Mul', [pixels, builder.constant(mask, 'mask')]);
  const means = builder.op('ReduceMean', [masked, builder.integers([1, 2])], { keepdims: 0 });
  builder.output(means, 'probabilities');
  return builder.build();
}

let folder: string;
const at = (name: string): string => join(folder, name);
/** Classes by the brightest channel. */
let colors: Classifier;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
  const classNames = ['red', 'green', 'blue'];
  const info: SavedModelInfo = { ...FACTS, classNames };
  await writeModelFile(at('classes.onnx'), channels('probabilities', 64, true), info);
  const rates = { precision: 1, recall: 1, f1: 1, auc: null };
  const labels: StoredMultiLabelReport = {
    examples: 1,
    threshold: 0.5,
    loss: 0,
    exactMatch: 1,
    interval: [0, 1],
    labels: classNames.map((label) => ({ label, ...rates, support: 1 })),
    micro: rates,
    macro: rates,
  };
  const ofLabels: MultiLabelModelInfo = {
    ...TRAINED,
    classNames,
    task: 'multi-label',
    threshold: 0.5,
    train: labels,
    validation: labels,
  };
  await writeModelFile(at('labels.onnx'), channels('probabilities', 255, false), ofLabels);
  const values: StoredRegressionReport = {
    examples: 1,
    loss: 0,
    values: classNames.map((name) => ({
      name,
      mae: 0,
      rmse: 0,
      r2: null,
      intervals: { mae: [0, 0], rmse: [0, 0], r2: null },
    })),
  };
  const ofValues: RegressionModelInfo = {
    ...TRAINED,
    classNames,
    task: 'regression',
    train: values,
    validation: values,
  };
  await writeModelFile(at('values.onnx'), channels('predictions', 1, false), ofValues);
  await writeFile(at('red.png'), await plainImage('#ff0000', 20, 10));
  await writeFile(at('blue.png'), await plainImage('#0000ff', 10, 20));
  await writeFile(at('text.jpg'), 'no image');
  colors = await Classifier.open(at('classes.onnx'));
});
afterAll(async () => {
  await colors.dispose();
  await rm(folder, { recursive: true, force: true });
});

const sure = 1 / (1 + 2 * Math.exp(-255 / 64));

describe('Classifier.predict', () => {
  it('tells the class of a file', async () => {
    const result = await colors.predict(at('red.png'));
    expectTypeOf(result).toEqualTypeOf<ClassPrediction & PredictionConfidence>();
    expect(Object.keys(result)).toEqual(['label', 'probability', 'probabilities']);
    expect(result.label).toBe('red');
    expect(Object.keys(result.probabilities)[0]).toBe('red');
    expect(Object.keys(result.probabilities).toSorted()).toEqual(['blue', 'green', 'red']);
    expect([result.probability, result.probabilities['red']!]).toBeAllClose([sure, sure], {
      atol: 1e-6,
      rtol: 0,
    });
    expect(Object.values(result.probabilities).reduce((sum, value) => sum + value)).toBeCloseTo(1);
  });

  it('sees what the file says of an image that is not square', async () => {
    // Red, and blue at its ends, in a square of black: half of the whole image, nothing of its center.
    const ends = sharp({ create: { width: 16, height: 8, channels: 3, background: '#0000ff' } });
    const center = await plainImage('#ff0000', 8, 8);
    const image = await ends
      .composite([{ input: center, left: 4, top: 0 }])
      .png()
      .toBuffer();
    const blues: number[] = [];
    for (const resize of ['squash', 'crop', 'letterbox'] as const) {
      const info: SavedModelInfo = {
        ...FACTS,
        classNames: ['red', 'green', 'blue'],
        input: { ...INPUT, interpolation: 'bilinear', resize },
      };
      const file = at(`${resize}.onnx`);
      await writeModelFile(file, channels('probabilities', 255, false), info);
      const model = await Classifier.open(file);
      const { probabilities } = await model.predict(image);
      blues.push(probabilities['blue']!);
      for await (const batch of model.predictFiles([{ file: 'of bytes', content: image, label: 0 }])) {
        expect(batch.probabilities[2]).toBe(blues.at(-1));
      }
      await model.dispose();
    }
    const [squash, crop, letterbox] = blues;
    expect([squash, crop, letterbox]).toBeAllClose([0.5, 0, 0.25], { atol: 0.02, rtol: 0 });
    expect(crop).toBe(0);
  });

  it('averages what it says of an image and of its mirror image', async () => {
    const file = at('left-half.onnx');
    await writeModelFile(file, leftHalf(), { ...FACTS, classNames: ['red', 'green', 'blue'] });
    const red = await plainImage('#ff0000', 4, 8);
    const image = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#0000ff' } })
      .composite([{ input: red, left: 0, top: 0 }])
      .png()
      .toBuffer();
    const mirrored = await sharp(image).flop().png().toBuffer();
    const plain = await Classifier.open(file);
    const flipped = await Classifier.open(file, { tta: 'flip' });
    const ask = async (model: Classifier, asked: Buffer): Promise<number[]> => {
      const { probabilities } = await model.predict(asked);
      return [probabilities['red']!, probabilities['blue']!];
    };
    expect(await ask(plain, image)).toBeAllClose([1, 0], { atol: 1e-6, rtol: 0 });
    expect(await ask(plain, mirrored)).toBeAllClose([0, 1], { atol: 1e-6, rtol: 0 });
    expect(await ask(flipped, image)).toBeAllClose([0.5, 0.5], { atol: 1e-6, rtol: 0 });
    expect(await ask(flipped, mirrored)).toEqual(await ask(flipped, image));
    await Promise.all([plain.dispose(), flipped.dispose()]);
    await expect(Classifier.open(file, { tta: 'rotate' as 'flip' })).rejects.toThrow(
      withMessage('option "tta": expected "flip", received "rotate". Correct it, or leave it out.'),
    );
  });

  it('tells the same of a Buffer, a Uint8Array and a part of one', async () => {
    const bytes = await readFile(at('blue.png'));
    const expected = await colors.predict(at('blue.png'));
    expect(expected.label).toBe('blue');
    expect(await colors.predict(bytes)).toEqual(expected);
    expect(await colors.predict(new Uint8Array(bytes))).toEqual(expected);
    const padded = Buffer.concat([Buffer.from('xxx'), bytes, Buffer.from('xxx')]);
    expect(await colors.predict(padded.subarray(3, -3))).toEqual(expected);
  });

  it('tells the same of the pixels, as a canvas or another program has them', async () => {
    const data = new Uint8Array(5 * 4 * 3).map((_, index) => [200, 30, 60][index % 3]!);
    const rgba = Uint8ClampedArray.from({ length: 5 * 4 * 4 }, (_, index) => [200, 30, 60, 255][index % 4]!);
    const png = await plainImage('rgb(200, 30, 60)');
    const [file, rgb, canvas] = await colors.predict([
      png,
      { data, width: 5, height: 4, channels: 3 },
      { data: rgba, width: 5, height: 4 },
    ]);
    expect([rgb, canvas]).toEqual([file, file]);
    await expect(colors.predict({ data, width: 5, height: 5 })).rejects.toThrow(
      withMessage(
        'Classifier.predict: expected pixels [height, width, channels], of 1 to 4 channels, received 60 bytes for 5 x 5 pixels. ' +
          'Give { data, width, height, channels } with a byte for each channel of each pixel.',
      ),
    );
  });

  it('tells one of each of an array, in its order', async () => {
    const blue = await readFile(at('blue.png'));
    const results = await colors.predict([at('red.png'), blue, blue, at('red.png'), blue, at('red.png')]);
    expectTypeOf(results).toEqualTypeOf<(ClassPrediction & PredictionConfidence)[]>();
    expect(results.map(({ label }) => label)).toEqual(['red', 'blue', 'blue', 'red', 'blue', 'red']);
    expect(results[1]).toEqual(await colors.predict(blue));
    expect(await colors.predict([])).toEqual([]);
    expect(await colors.predict([blue])).toEqual([await colors.predict(blue)]);
  });

  it('tells each of many callers at once of its own images', async () => {
    const names = ['red', 'green', 'blue'] as const;
    const images = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const strength = (155 + index).toString(16);
        const label = names[index % 3]!;
        const color = names.map((name) => (name === label ? strength : '00')).join('');
        return { label, bytes: await plainImage(`#${color}`, 5 + (index % 7), 9) };
      }),
    );
    const alone: ClassPrediction[] = [];
    for (const { bytes } of images) alone.push(await colors.predict(bytes));
    const [together, pairs] = await Promise.all([
      Promise.all(images.map(({ bytes }) => colors.predict(bytes))),
      Promise.all(images.map(({ bytes }, index) => colors.predict([bytes, images[59 - index]!.bytes]))),
    ]);
    expect(together).toEqual(alone);
    expect(together.map(({ label }) => label)).toEqual(images.map(({ label }) => label));
    expect(pairs.map(([own, other]) => [own!.label, other!.label])).toEqual(
      images.map(({ label }, index) => [label, images[59 - index]!.label]),
    );
  });

  it('tells labels, and values, of models that are opened for them', async () => {
    const ofLabels = await Classifier.open(at('labels.onnx'), { task: 'multi-label' });
    const labels = await ofLabels.predict(at('red.png'));
    expectTypeOf(labels).toEqualTypeOf<LabelsPrediction & PredictionConfidence>();
    expectTypeOf(await ofLabels.predict([])).toEqualTypeOf<(LabelsPrediction & PredictionConfidence)[]>();
    expect(labels).toEqual({ labels: ['red'], probabilities: { red: 1, green: 0, blue: 0 } });
    await ofLabels.dispose();
    const ofValues = await Classifier.open(at('values.onnx'), { task: 'regression' });
    const values = await ofValues.predict(await readFile(at('blue.png')));
    expectTypeOf(values).toEqualTypeOf<ValuesPrediction & PredictionConfidence>();
    expect(values).toEqual({ values: { red: 0, green: 0, blue: 255 } });
    await ofValues.dispose();
  });

  it('refuses a model that tells something else', async () => {
    const message = (name: string, wanted: string, told: string, call: string): Error =>
      withMessage(
        `model "${at(name)}": expected a model of ${wanted}, received one of ${told}. Open it with ${call}.`,
      );
    const call = "Classifier.open(path, { task: 'multi-label' })";
    const undeclared = await Classifier.open(at('labels.onnx'));
    await expect(undeclared.predict(at('red.png'))).rejects.toThrow(
      message('labels.onnx', 'classes', 'labels', call),
    );
    await undeclared.dispose();
    await expect(Classifier.open(at('labels.onnx'), { task: 'regression' })).rejects.toThrow(
      message('labels.onnx', 'values (regression)', 'labels', call),
    );
    await expect(Classifier.open(at('classes.onnx'), { task: 'multi-label' })).rejects.toThrow(
      message('classes.onnx', 'labels', 'classes', 'Classifier.open(path)'),
    );
  });

  it('says which image cannot be read', async () => {
    const text = await readFile(at('text.jpg'));
    const advice = 'Give a JPEG, PNG, WebP, GIF, TIFF or AVIF file.';
    await expect(colors.predict(at('text.jpg'))).rejects.toThrow(
      withMessage(`image "${at('text.jpg')}": expected an image, received not an image. ${advice}`),
    );
    await expect(colors.predict(text)).rejects.toThrow(
      withMessage(`image: expected an image, received not an image. ${advice}`),
    );
    const red = await readFile(at('red.png'));
    await expect(colors.predict([red, red, red, red, red, text, text])).rejects.toThrow(
      withMessage(`image 6 of 7: expected an image, received not an image. ${advice}`),
    );
  });

  it.each([
    [undefined, 'undefined', 'Give the path or the bytes of an image file.'],
    [{ file: 'x.jpg' }, 'a value of type object', 'Give the path or the bytes of an image file.'],
    [new ArrayBuffer(8), 'an ArrayBuffer', 'Give new Uint8Array(buffer).'],
    [new URL('file:///x.jpg'), 'a URL', 'Give fileURLToPath(url), or the bytes.'],
    ['https://h/x.jpg', 'the address "https://h/x.jpg"', 'Fetch it first, and give its bytes.'],
    [[['x.jpg']], 'an array in an array', 'Give one array.'],
  ])('refuses %o', async (given, received, advice) => {
    await expect(colors.predict(given as never)).rejects.toThrow(
      withMessage(
        `Classifier.predict: expected a path, a Buffer or a Uint8Array, pixels { data, width, height }, or an array of them, received ${received}. ${advice}`,
      ),
    );
  });

  it('ends with its signal', async () => {
    const reason = new Error('the client has gone');
    await expect(colors.predict(at('red.png'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('Classifier', () => {
  it('takes paths for samples in predictFiles', async () => {
    const rows: number[][] = [];
    const skipped: string[] = [];
    for await (const { samples, probabilities } of colors.predictFiles(
      [at('red.png'), at('text.jpg'), { file: at('blue.png'), label: 2 }],
      { onSkip: ({ file }) => skipped.push(file) },
    )) {
      samples.forEach(({ label }, row) => {
        rows.push([label, ...probabilities.subarray(row * 3, row * 3 + 3)]);
      });
    }
    expect(skipped).toEqual([at('text.jpg')]);
    const rest = (1 - sure) / 2;
    expect(rows.flat()).toBeAllClose([0, sure, rest, rest, 2, rest, rest, sure], { atol: 1e-6, rtol: 0 });
  });

  it('refuses what ONNX Runtime refuses, in words', async () => {
    const info: SavedModelInfo = { ...FACTS, classNames: ['red', 'green', 'blue'] };
    const graph = channels('probabilities', 64, true);
    const bytes = encodeModel(graph, { metadata: encodeModelInfo(info) });
    // Field 1, the version of the file format: 8 becomes 99.
    expect([...bytes.subarray(0, 2)]).toEqual([8, 8]);
    bytes[1] = 99;
    await writeFile(at('odd.onnx'), bytes);
    await expect(Classifier.open(at('odd.onnx'))).rejects.toThrow(
      withMessage(
        `model "${at('odd.onnx')}": expected a graph that ONNX Runtime can run, received one that it refuses. The file was changed after it was written: train again, or use another copy.`,
      ),
    );
  });
});
