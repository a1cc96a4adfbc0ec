/**
 * @file Exported models against the real Keras: the interpreter that GRAFT_ORACLE_PYTHON names, with Keras 3 and
 * TensorFlow as in tools/oracle/requirements.txt. Without it, these tests are skipped.
 */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportFunctional } from '../../../src/artifacts/export/export-functional.ts';
import type { Functional } from '../../../src/layers/functional.ts';
import { mobileNet } from '../../../src/models/mobilenet.ts';
import { pictureGraph } from '../../../src/models/picture-graph.ts';
import {
  CAFFE_PREPROCESSING,
  MINUS_ONE_TO_ONE,
  type Preprocessing,
  TORCH_PREPROCESSING,
} from '../../../src/models/preprocessing.ts';
import { evaluateGraph } from '../../../src/runtime/node-session.ts';
import { createRandom } from '../../../src/tensor/random.ts';
import { tensor } from '../../../src/tensor/tensor.ts';
import { everyLayer } from './every-layer.ts';

const PYTHON = process.env['GRAFT_ORACLE_PYTHON'];
const SCRIPT = fileURLToPath(new URL('../../../tools/oracle/export_predict.py', import.meta.url));
const why = PYTHON === undefined ? ' (skipped: GRAFT_ORACLE_PYTHON is not set)' : '';

interface Answer {
  readonly predictions: readonly number[];
  readonly layers: readonly string[];
  readonly trainable: readonly string[];
  readonly parameters: number;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-export-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.skipIf(PYTHON === undefined)(`exported models in Keras${why}`, () => {
  it.each<[string, () => Functional, Preprocessing]>([
    ['every layer, blue first', everyLayer, { ...CAFFE_PREPROCESSING, scale: 0.01, offset: [-1, -0.9, -0.8] }],
    ['every layer, by channel', everyLayer, TORCH_PREPROCESSING],
    ['MobileNet', smallMobileNet, MINUS_ONE_TO_ONE],
  ])('%s', async (name, build, preprocessing) => {
    const model = build();
    const paths = { keras: join(folder, `${name}.keras`), h5: join(folder, `${name}.h5`) };
    await exportFunctional(model, { format: 'keras', out: paths.keras, preprocessing });
    await exportFunctional(model, { format: 'keras-h5', out: paths.h5, preprocessing });
    const [, height, width] = model.input.shape as readonly number[];
    const shape = [3, height!, width!, 3];
    const random = createRandom(4);
    const pixels = Uint8Array.from({ length: 3 * height! * width! * 3 }, () => 256 * random.uniform());
    const graph = pictureGraph(model, model.output, { preprocessing, output: 'probabilities' });
    const { probabilities } = await evaluateGraph(graph, { image: tensor('uint8', shape, pixels) });
    const answers = await ask(shape, pixels, Object.values(paths));
    for (const path of Object.values(paths)) {
      const { predictions, trainable } = answers[path]!;
      expect(Float32Array.from(predictions)).toBeAllClose(probabilities!.data as Float32Array, {
        atol: 1e-5,
        rtol: 0,
      });
      const weighty = model.layers.filter((layer) => layer.trainable && layer.weights.length > 0);
      expect(trainable).toEqual(weighty.map((layer) => layer.name));
    }
  });
});

function smallMobileNet(): Functional {
  const model = mobileNet({ inputShape: [32, 32, 3], alpha: 0.25, includeTop: true, classes: 4 });
  model.initialize({ seed: 5 });
  return model;
}

async function ask(
  shape: readonly number[],
  pixels: Uint8Array,
  models: readonly string[],
): Promise<Record<string, Answer>> {
  const request = join(folder, 'request.json');
  await writeFile(request, JSON.stringify({ shape, pixels: Buffer.from(pixels).toString('base64'), models }));
  const { stdout } = await promisify(execFile)(PYTHON!, [SCRIPT, request], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as Record<string, Answer>;
}
