/** @file Language models leave as one ONNX graph, which continues texts as the model does, and opens no file but that beside it. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportModelFile } from '../../../src/node/export/export-model-file.ts';
import { loadCausalLm } from '../../../src/node/text/load-causal-lm.ts';
import { causalLmOnnx } from '../../../src/text/export/causal-lm-onnx.ts';
import { withMessage } from '../../support/saying.ts';
import { fixture, languageFile } from './language-fixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graft-export-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const written = async (path: string, prompt: string): Promise<readonly number[]> => {
  const lm = await loadCausalLm(path, { threads: 1 });
  try {
    return (await lm.generate(prompt, { maxTokens: 12 })).ids;
  } finally {
    await lm.dispose();
  }
};

/** Numbers in a file beside the model. */
async function apart(): Promise<string> {
  const lm = await loadCausalLm(languageFile('llama'), { threads: 1 });
  for (const [name, content] of causalLmOnnx(lm, { name: 'model.onnx', maxInlineBytes: 1 })) {
    writeFileSync(join(folder, name), Buffer.concat([...content]));
  }
  await lm.dispose();
  return join(folder, 'model.onnx');
}

describe.each(['gpt2', 'llama'] as const)('%s as ONNX', (name) => {
  it('writes the same tokens', async () => {
    const out = join(folder, 'model.onnx');
    expect(await exportModelFile(languageFile(name), { format: 'onnx', out })).toEqual({
      out,
      files: [out],
      labels: [],
      largestDifference: null,
    });
    const { prompt } = fixture[name];
    expect(await written(out, prompt)).toEqual(await written(languageFile(name), prompt));
  });

  it('lies in a folder of transformers, too', async () => {
    const out = join(folder, 'hf');
    const { files } = await exportModelFile(languageFile(name), { format: 'hf', out });
    expect(files.map((file) => file.slice(out.length + 1)).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      join('onnx', 'model.onnx'),
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const { prompt } = fixture[name];
    const expected = await written(languageFile(name), prompt);
    expect(await written(out, prompt)).toEqual(expected);
    expect(await written(join(out, 'onnx', 'model.onnx'), prompt)).toEqual(expected);
  });
});

it('reads numbers that lie beside the model', async () => {
  const { prompt } = fixture.llama;
  expect(await written(await apart(), prompt)).toEqual(await written(languageFile('llama'), prompt));
});

it('opens no file that lies elsewhere', async () => {
  const path = await apart();
  const bytes = readFileSync(path).toString('latin1');
  // Of the same length, as protobuf counts bytes.
  writeFileSync(path, Buffer.from(bytes.replaceAll('model.onnx.data', '../secret.12345'), 'latin1'));
  await expect(loadCausalLm(path)).rejects.toThrow(
    withMessage(
      'weights "model.onnx": expected numbers in a file beside it, received "../secret.12345". ' +
        'The file is damaged or of another kind: fetch it again.',
    ),
  );
  rmSync(join(folder, 'model.onnx.data'));
  writeFileSync(path, Buffer.from(bytes, 'latin1'));
  await expect(loadCausalLm(path)).rejects.toThrow(
    withMessage(
      'weights "model.onnx": expected the file "model.onnx.data" with its numbers beside it, received none. ' +
        'Copy it there, or export the model again.',
    ),
  );
});

it('says what an exported model is not', async () => {
  const out = join(folder, 'model.onnx');
  await exportModelFile(languageFile('llama'), { format: 'onnx', out });
  const lm = await loadCausalLm(out);
  expect(() => lm.network).toThrow(
    withMessage(
      'language model: expected a model of layers, to train it or to write it in another format, received an ONNX file, ' +
        'which has operators. Load the model that the file was exported from.',
    ),
  );
  await expect(exportModelFile(languageFile('llama'), { format: 'keras' })).rejects.toThrow(
    withMessage(
      `language model "${languageFile('llama')}": expected a format that holds one: hf or onnx, received keras. ` +
        'Give --to hf or --to onnx, or the model.onnx of a run of graft train.',
    ),
  );
});
