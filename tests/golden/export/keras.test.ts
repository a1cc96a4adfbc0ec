/** @file Exported models in the real Keras: every layer there is, and whole models. See tests/support/keras-reader.ts. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportFunctional } from '../../../src/node/export/export-functional.ts';
import { portableModel } from '../../../src/export/portable-model.ts';
import { askKeras } from '../../support/keras-reader.ts';
import { withMessage } from '../../support/saying.ts';
import { layerCases, modelOf } from '../layers/layer-cases.ts';
import { isOnlyInKeras3, layerExports } from './layer-exports.ts';
import { imageExports, predicted } from './image-exports.ts';
import { needs } from '../../support/needs.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-export-'));
});
afterAll(() => rm(folder, { recursive: true }));

const FORMATS = [
  ['keras', 'keras'],
  ['keras-h5', 'h5'],
] as const;

/** What Keras 2 has no word for; Keras 3 has one for everything. */
const REFUSED: Readonly<Record<string, string>> = {
  'activation log_softmax':
    'expected an activation that Keras 2 has, received "log_softmax". Export to keras or onnx instead.',
};

describe('layers that Keras has no word for', () => {
  it.each(Object.keys(REFUSED))('%s', (title) => {
    const { model } = layerExports().find((each) => each.title === title)!;
    const where = `layer "${model.output.layer.name}"`;
    expect(() => portableModel(model, 'keras-h5')).toThrow(withMessage(`${where}: ${REFUSED[title]}`));
  });
});

it('refuses layers of texts, whose padding Keras tells otherwise', () => {
  const { model } = modelOf(layerCases.find(({ title }) => title === 'padding mask')!);
  expect(() => portableModel(model, 'keras')).toThrow(
    withMessage(
      `layer "${model.output.layer.name}": expected a layer that Keras 3 has, received "PaddingMask". Export to onnx instead.`,
    ),
  );
});

describe(`exported models in Keras`, needs.keras, () => {
  it.each(FORMATS)('every layer, %s', async (format, ending) => {
    const cases = layerExports().filter(
      ({ title, model }) => format === 'keras' || !(title in REFUSED || isOnlyInKeras3(model)),
    );
    const requests = cases.map(({ title, inputs }) => ({ path: join(folder, `${title}.${ending}`), inputs }));
    for (const [index, { model }] of cases.entries()) {
      await exportFunctional(model, { format, out: requests[index]!.path });
    }
    const answers = await askKeras(requests);
    for (const [index, { title, expected }] of cases.entries()) {
      expect(answers[index]!.output, title).toBeAllClose(await expected(), { atol: 1e-5, rtol: 1e-5 });
    }
  });

  it('whole models that take pixels', async () => {
    const expectations = [];
    const requests = [];
    for (const { title, build, preprocessing } of imageExports) {
      const model = build();
      const { pixels, expected } = await predicted(model, preprocessing);
      for (const [format, ending] of FORMATS) {
        const out = join(folder, `${title}.${ending}`);
        await exportFunctional(model, { format, out, preprocessing });
        requests.push({ path: out, inputs: [pixels] });
        expectations.push({ out, model, expected });
      }
    }
    const answers = await askKeras(requests);
    for (const [index, { out, model, expected }] of expectations.entries()) {
      const { output, trainable } = answers[index]!;
      expect(output, out).toBeAllClose(expected, { atol: 1e-5, rtol: 0 });
      const weighty = model.layers.filter((layer) => layer.trainable && layer.weights.length > 0);
      expect(trainable, out).toEqual(weighty.map((layer) => layer.name));
    }
  });
});
