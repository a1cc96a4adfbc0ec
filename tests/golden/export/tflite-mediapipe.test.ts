/** @file Exported classifiers in MediaPipe's ImageClassifier: names and probabilities of their classes. See tools/oracle/mediapipe_classify.py. */

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { exportFunctional } from '../../../src/node/export/export-functional.ts';
import { MINUS_ONE_TO_ONE } from '../../../src/vision/preprocessing/preprocessing.ts';
import { temporaryFolder } from '../../support/image-folder.ts';
import { needs } from '../../support/needs.ts';
import { everyInteger, noise } from './every-integer.ts';
import { predicted } from './image-exports.ts';

const SCRIPT = fileURLToPath(new URL('../../../tools/oracle/mediapipe_classify.py', import.meta.url));
const LABELS = ['bars', 'discs', 'größer', 'two\nlines'];
const SHOWN = ['bars', 'discs', 'größer', 'two lines'];

interface Said {
  readonly files: Readonly<Record<string, string>>;
  readonly labelFiles: readonly (readonly [name: string, type: number])[];
  readonly normalization: readonly (readonly number[])[];
  readonly image: readonly number[];
  readonly stats: readonly (readonly (readonly number[])[])[];
  readonly classes: readonly { readonly index: number; readonly name: string; readonly score: number }[];
}

it("MediaPipe's ImageClassifier shows the classes of exported models", needs.mediapipe, async () => {
  const folder = await temporaryFolder();
  const model = everyInteger();
  const { pixels, expected } = await predicted(model, MINUS_ONE_TO_ONE);
  const [, height, width] = pixels.shape as readonly [number, number, number];
  const first = (pixels.data as Uint8Array).subarray(0, height * width * 3);
  const image = { shape: [height, width, 3], data: Buffer.from(first).toString('base64') };
  const kinds = [undefined, { images: noise(pixels) }];
  const requests = await Promise.all(
    kinds.map(async (calibration, index) => {
      const out = join(folder, String(index));
      const shared = { format: 'tflite', preprocessing: MINUS_ONE_TO_ONE, labels: LABELS } as const;
      await exportFunctional(model, { ...shared, out, calibration });
      return { path: join(out, 'model.tflite'), image };
    }),
  );
  const path = join(folder, 'request.json');
  await writeFile(path, JSON.stringify(requests));
  const { stdout } = await promisify(execFile)(process.env['GRAFT_ORACLE_PYTHON']!, [SCRIPT, path]);
  const [float, bytes] = JSON.parse(stdout) as Said[];
  const probabilities = [...(expected.data as Float32Array).subarray(0, 4)];
  expect(Math.max(...probabilities)).toBeGreaterThan(0.5);
  for (const { files, labelFiles, normalization, image: taken, classes } of [float!, bytes!]) {
    expect(files).toEqual({ 'labels.txt': 'bars\ndiscs\ngrößer\ntwo lines\n' });
    // Of a kind whose lines name what is along the last axis.
    expect(labelFiles).toEqual([['labels.txt', 2]]);
    // The scaling is inside of the model; RGB.
    expect([normalization, taken]).toEqual([[[0], [1]], [1, width, height]]);
    expect(classes.map(({ index, name }) => [index, name]).sort()).toEqual([...SHOWN.entries()]);
  }
  const scores = (said: Said): number[] => SHOWN.map((name) => said.classes.find((each) => each.name === name)!.score);
  expect(scores(float!)).toBeAllClose(probabilities, { atol: 1e-5, rtol: 0 });
  expect(scores(bytes!)).toBeAllClose(probabilities, { atol: 0.05, rtol: 0 });
  const pixelRange = [[0], [255]];
  expect(float!.stats).toEqual([pixelRange, [[0], [1]]]);
  expect(bytes!.stats).toEqual([pixelRange, pixelRange]);
});
