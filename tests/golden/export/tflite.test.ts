/** @file Exported models in TensorFlow Lite's own interpreter: every layer there is, and whole models. See tests/support/tflite-interpreter.ts. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportFunctional } from '../../../src/node/export/export-functional.ts';
import { temporaryFolder } from '../../support/image-folder.ts';
import { needs } from '../../support/needs.ts';
import { withMessage } from '../../support/saying.ts';
import { askTflite, type TfliteRequest } from '../../support/tflite-interpreter.ts';
import { imageExports, predicted } from './image-exports.ts';
import { isOnlyInKeras3, layerExports } from './layer-exports.ts';

/** What TensorFlow Lite has no word for. */
const REFUSED: Readonly<Record<string, string>> = {
  'relu with all options':
    'expected a ReLU of threshold 0, the only kind that TensorFlow Lite has, received a threshold of 0.5.',
  'relu with threshold':
    'expected a ReLU of threshold 0, the only kind that TensorFlow Lite has, received a threshold of 0.5.',
  'softmax along the height':
    'expected a softmax along the last axis, the only kind that TensorFlow Lite has, received axis 1.',
};

function refusal({ title, model }: ReturnType<typeof layerExports>[number]): string | undefined {
  if (isOnlyInKeras3(model)) {
    return `expected a layer that TensorFlow Lite has, received "${model.output.layer.className}".`;
  }
  return REFUSED[title];
}

describe('layers that TensorFlow Lite has no word for', () => {
  const refused = layerExports().filter((each) => refusal(each) !== undefined);
  it.each(refused.map((each) => [each.title, each] as const))('%s', async (_title, each) => {
    const out = join(await temporaryFolder(), 'tflite');
    const where = `layer "${each.model.output.layer.name}"`;
    await expect(exportFunctional(each.model, { format: 'tflite', out })).rejects.toThrow(
      withMessage(`${where}: ${refusal(each)} Export to onnx instead.`),
    );
  });
});

describe("exported models in TensorFlow Lite's interpreter", needs.keras, () => {
  it('every layer', { timeout: 120_000 }, async () => {
    const folder = await temporaryFolder();
    const cases = layerExports().filter((each) => refusal(each) === undefined);
    const requests: TfliteRequest[] = [];
    for (const [index, { model, inputs }] of cases.entries()) {
      const out = join(folder, `${index}`);
      await exportFunctional(model, { format: 'tflite', out });
      requests.push({ path: join(out, 'model.tflite'), inputs });
    }
    const answers = await askTflite(requests);
    for (const [index, { title, expected }] of cases.entries()) {
      expect(answers[index]!.outputs[0], title).toBeAllClose(await expected(), { atol: 1e-5, rtol: 1e-5 });
    }
  });

  it('whole models that take pixels', { timeout: 120_000 }, async () => {
    const folder = await temporaryFolder();
    const requests: TfliteRequest[] = [];
    const expectations = [];
    for (const { title, build, preprocessing } of imageExports) {
      const model = build();
      const { pixels, expected } = await predicted(model, preprocessing);
      const out = join(folder, title);
      await exportFunctional(model, { format: 'tflite', out, preprocessing });
      requests.push({ path: join(out, 'model.tflite'), inputs: [pixels] });
      expectations.push({ title, expected });
    }
    const answers = await askTflite(requests);
    for (const [index, { title, expected }] of expectations.entries()) {
      expect(answers[index]!.outputs[0], title).toBeAllClose(expected, { atol: 1e-5, rtol: 0 });
    }
  });
});
