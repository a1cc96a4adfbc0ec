/**
 * @file Whole files of the real Keras as backbones, computed beside it: see tools/oracle/backbone_outputs.py, which is run with
 * the interpreter that GRAFT_ORACLE_PYTHON names (tests/support/keras-reader.ts).
 */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadBackbone } from '../../../src/node/backbones/load-backbone.ts';
import { imageGraph } from '../../../src/vision/preprocessing/image-graph.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { tensor } from '../../../src/core/tensor/tensor.ts';
import { temporaryFolder } from '../../support/image-folder.ts';
import { images, type Sample, sampled } from '../models/formula-inputs.ts';
import { needs } from '../../support/needs.ts';

const SCRIPT = fileURLToPath(new URL('../../../tools/oracle/backbone_outputs.py', import.meta.url));

/** Of the largest number of an image's output. */
const TOLERANCE = 1e-4;

interface Row {
  readonly file: string;
  readonly cut: string | null;
  readonly inputShape: readonly [number, number, number];
  readonly outputs: readonly Sample[];
}

/** The largest difference of the samples, as a fraction of the output's largest number. */
async function differenceOf(folder: string, { file, cut, inputShape, outputs }: Row): Promise<number> {
  const options = cut === null ? {} : { cut };
  const { model, preprocessing, cut: end } = await loadBackbone(join(folder, file), options);
  expect(model.input.shape.slice(1)).toEqual(inputShape);
  const [height, width] = inputShape;
  const signed = images(2, height, width);
  const image = tensor(
    'uint8',
    signed.shape,
    Uint8Array.from(signed.data, (value) => Math.round((value + 1) * 127.5)),
  );
  const output = cut === null ? model.output : model.getLayer(end).output;
  const { features } = await evaluateGraph(
    imageGraph(model, output, { preprocessing, output: 'features' }),
    { image },
  );
  const differences = outputs.flatMap((sample, number) => {
    const ours = sampled(features!, number, sample);
    return sample.values.map((value, index) => Math.abs(ours[index]! - value) / sample.largest);
  });
  return Math.max(...differences);
}

describe(`backbones saved by Keras`, needs.keras, () => {
  it.each([
    ['Keras 3', '3'],
    ['tf_keras', '2'],
  ])('give the numbers of %s', { timeout: 1_800_000 }, async (_, version) => {
    // A folder that is there already saves the writing of half a gigabyte.
    const folder = process.env[`GRAFT_ORACLE_FILES_${version}`] ?? (await temporaryFolder());
    if (process.env[`GRAFT_ORACLE_FILES_${version}`] === undefined) {
      const env = { ...process.env, GRAFT_ORACLE_KERAS: version, KERAS_BACKEND: 'tensorflow' };
      await promisify(execFile)(process.env['GRAFT_ORACLE_PYTHON']!, [SCRIPT, folder], { env, maxBuffer: 2 ** 26 });
    }
    const { files } = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')) as { files: Row[] };
    const differences: Record<string, number> = {};
    for (const row of files) differences[row.file] = await differenceOf(folder, row);
    expect(Object.entries(differences).filter(([, difference]) => !(difference < TOLERANCE))).toEqual([]);
    expect(files.length).toBeGreaterThan(10);
  });
});
