import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import {
  encodeModelInfo,
  FORMAT_VERSION,
  type ModelInfo,
  type SavedModelInfo,
} from '../../artifacts/model-info.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Graph } from '../../core/graph/graph.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { decodeModel } from '../../core/onnx/decoder.ts';
import { encodeModel } from '../../core/onnx/encoder.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { imageGraph } from '../../vision/preprocessing/image-graph.ts';
import { ZERO_TO_ONE } from '../../vision/preprocessing/preprocessing.ts';
import { Classifier } from '../artifacts/classifier.ts';
import { readOnnx } from '../backbones/onnx-file.ts';
import { exportModelFile } from '../export/export-model-file.ts';
import { model } from '../training/model.ts';
import { readModelFile, writeModelFile } from './model-file.ts';

const WHERE = { formatVersion: FORMAT_VERSION, graftVersion: '1.2.3' };
const INPUT = { widthPx: 6, heightPx: 4, resize: 'squash' as const };
const INFO: SavedModelInfo = { ...WHERE, classNames: ['ants', 'bees'], input: INPUT };

/** From images of 6 x 4 px to `units` classes. */
function graphOf(units: number): Graph {
  const images = input({ shape: [4, 6, 3] });
  const outputs = layers
    .dense({ units, activation: units === 1 ? 'sigmoid' : 'softmax' })
    .apply(layers.flatten().apply(images));
  const made = model({ inputs: images, outputs, preprocessing: ZERO_TO_ONE });
  made.initialize({ seed: 1 });
  return imageGraph(made, made.output, { preprocessing: ZERO_TO_ONE, output: 'probabilities' });
}

/** A file without a checksum, as an earlier version or anybody else writes it. */
async function unsealed(file: string, graph: Graph, info: object): Promise<string> {
  await writeFile(file, encodeModel(graph, { metadata: encodeModelInfo(info as ModelInfo) }));
  return file;
}

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
  file = join(folder, 'm.onnx');
  await writeModelFile(file, graphOf(2), INFO);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('tells the SHA-256 of what was written', async () => {
  const path = join(folder, 'told.onnx');
  const told = await writeModelFile(path, graphOf(2), INFO);
  expect(told).toBe(
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
  );
});

describe('the checksum of a model file', () => {
  const refusal = (path: string): Error =>
    withMessage(
      `model "${path}": expected the bytes that its checksum was computed from, received others: the file was damaged, or changed, after it was written. Copy it again from where it is whole, or train again.`,
    );

  it('is the last entry of its metadata, beside which all is as it was', async () => {
    const { info, graph, bytes } = await readModelFile(file);
    expect(info).toEqual(INFO);
    const { metadata } = decodeModel(bytes);
    expect(Object.keys(metadata)).toEqual(['graft', 'graft_sha256']);
    expect(Buffer.from(bytes).toString('latin1')).toContain(metadata['graft_sha256']);
    expect(encodeModel(graph, { metadata, producerVersion: '1.2.3' })).toHaveLength(bytes.length);
  });

  it('tells every flipped bit: in weights, operators, metadata, and itself', async () => {
    const bytes = await readFile(file);
    const random = createRandom(1);
    const tail = Array.from({ length: 8 * 100 }, (_, bit) => 8 * (bytes.length - 100) + bit);
    const anywhere = Array.from({ length: 300 }, () => Math.floor(random.uniform() * bytes.length * 8));
    const damaged = join(folder, 'flipped.onnx');
    for (const bit of [...anywhere, ...tail]) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(damaged, flipped);
      await expect(readModelFile(damaged), `bit ${bit}`).rejects.toThrow(refusal(damaged));
    }
  });

  it('is compared by all that open a model', async () => {
    const bytes = await readFile(file);
    // In a weight: without the checksum the file would be as good as any.
    const place = bytes.indexOf(Buffer.from('dense/kernel')) + 60;
    bytes[place]! ^= 1;
    const damaged = join(folder, 'weight.onnx');
    await writeFile(damaged, bytes);
    await expect(Classifier.open(damaged)).rejects.toThrow(refusal(damaged));
    await expect(exportModelFile(damaged, { format: 'onnx' })).rejects.toThrow(refusal(damaged));
    await expect(readOnnx(damaged)).rejects.toThrow(refusal('weight.onnx'));
  });

  it('is missing from a file of an earlier version, which is read', async () => {
    const old = await unsealed(join(folder, 'old.onnx'), graphOf(2), INFO);
    expect((await readModelFile(old)).info).toEqual(INFO);
    const classifier = await Classifier.open(old);
    expect(await classifier.predictPixels(new Uint8Array(4 * 6 * 3), 1)).toHaveLength(2);
    await classifier.dispose();
  });

  it('does not hide that a file ends too early', async () => {
    const short = join(folder, 'short.onnx');
    const bytes = await readFile(file);
    await writeFile(short, bytes);
    await truncate(short, bytes.length - 10);
    await expect(readModelFile(short)).rejects.toThrow(
      withMessage(
        `model "${short}": expected an ONNX model, received ${bytes.length - 10} bytes that are none, or only a part of one. Give the model.onnx of a run folder; if it was copied, copy it again.`,
      ),
    );
  });
});

describe('a model file whose metadata are not of its graph', () => {
  const CHANGED = 'The file was changed after it was written: train again, or use another copy.';
  const classes = (count: number): string[] => Array.from({ length: count }, (_, index) => `c${index}`);

  it.each([
    [
      'five names on a model of two',
      2,
      { ...INFO, classNames: classes(5) },
      'one output, "probabilities" float32 [N, 5], as its metadata say, received "probabilities" float32 [N, 2]',
    ],
    [
      'six names on one sigmoid',
      1,
      { ...INFO, classNames: classes(6) },
      'one output, "probabilities" float32 [N, 6], as its metadata say, received "probabilities" float32 [N, 2]',
    ],
    ['a name twice', 2, { ...INFO, classNames: ['a', 'a'] }, 'names that differ, received "a" twice'],
    [
      'another size',
      2,
      { ...INFO, input: { ...INPUT, widthPx: 4, heightPx: 6 } },
      'one input, "image" uint8 [N, 6, 4, 3], as its metadata say, received "image" uint8 [N, 4, 6, 3]',
    ],
    [
      '30,000 px',
      2,
      { ...INFO, input: { ...INPUT, widthPx: 30_000, heightPx: 30_000 } },
      'an input of at most 16,777,216 pixels, received 30000 x 30000',
    ],
    [
      '2 ** 40 px',
      2,
      { ...INFO, input: { ...INPUT, widthPx: 2 ** 40 } },
      'an input of at most 16,777,216 pixels, received 1099511627776 x 4',
    ],
  ])('is refused: %s', async (_, units, info, message) => {
    const path = await unsealed(join(folder, 'other.onnx'), graphOf(units), info);
    const error = withMessage(`model "${path}": expected ${message}. ${CHANGED}`);
    await expect(readModelFile(path)).rejects.toThrow(error);
    await expect(Classifier.open(path)).rejects.toThrow(error);
    await expect(exportModelFile(path, { format: 'onnx' })).rejects.toThrow(error);
    await expect(writeModelFile(path, graphOf(units), info)).rejects.toThrow(error);
  });

  /** A graph that somebody else made. */
  const built = (build: (builder: GraphBuilder) => void): Graph => {
    const builder = new GraphBuilder('other');
    build(builder);
    return builder.build();
  };
  const mean = (builder: GraphBuilder, axes: number[]) => {
    const image = builder.input('image', 'uint8', ['N', 4, 6, 3]);
    const pixels = builder.op('Cast', [image], { to: 'float32' });
    return builder.op('ReduceMean', [pixels, builder.integers(axes)], { keepdims: 0 });
  };

  it.each([
    [
      'another output',
      built((builder) => builder.output(mean(builder, [1, 2]), 'scores')),
      'one output, "probabilities" float32 [N, 3], as its metadata say, received "scores" float32 [N, 3]',
    ],
    [
      'rows of something else than images',
      built((builder) => builder.output(mean(builder, [0, 2]), 'probabilities')),
      'one output, "probabilities" float32 [N, 3], as its metadata say, received "probabilities" float32 [4, 3]',
    ],
    [
      'two outputs',
      built((builder) => {
        const value = mean(builder, [1, 2]);
        builder.output(value, 'probabilities');
        builder.output(builder.op('Neg', [value]), 'more');
      }),
      'one output, "probabilities" float32 [N, 3], as its metadata say, received "probabilities" float32 [N, 3], "more" float32 [N, 3]',
    ],
    [
      'another input',
      built((builder) => {
        const pixels = builder.input('pixels', 'float32', ['N', 3, 4, 6]);
        builder.output(
          builder.op('ReduceMean', [pixels, builder.integers([2, 3])], { keepdims: 0 }),
          'probabilities',
        );
      }),
      'one input, "image" uint8 [N, 4, 6, 3], as its metadata say, received "pixels" float32 [N, 3, 4, 6]',
    ],
  ])('is refused: %s', async (_, graph, message) => {
    const path = await unsealed(join(folder, 'graph.onnx'), graph, { ...INFO, classNames: classes(3) });
    await expect(readModelFile(path)).rejects.toThrow(
      withMessage(`model "${path}": expected ${message}. ${CHANGED}`),
    );
  });

  it('is refused where one image would take memory that no classifier takes', async () => {
    const graph = built((builder) => {
      const image = builder.input('image', 'uint8', ['N', 4, 6, 3]);
      const pixels = builder.op('Cast', [image], { to: 'float32' });
      const large = builder.op('Expand', [pixels, builder.integers([10_000_000, 1, 4, 6, 3])]);
      const row = builder.op('ReduceMean', [large, builder.integers([0, 2, 3])], { keepdims: 0 });
      builder.output(row, 'probabilities');
    });
    const path = await unsealed(join(folder, 'large.onnx'), graph, { ...INFO, classNames: classes(3) });
    await expect(Classifier.open(path)).rejects.toThrow(
      withMessage(
        `model "${path}": expected tensors of at most 1.1 GB for an image, received "Expand" float32 [10000000, N, 4, 6, 3]. No classifier needs that: train one on smaller images, or use another copy.`,
      ),
    );
  });
});
