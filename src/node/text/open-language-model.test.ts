/** @file What a path holds of a language model is found out, and what is missing is said. */

import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../core/weights/safetensors.ts';
import { openLanguageModel } from './open-language-model.ts';

const GOLDEN = 'tests/golden/language';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graft-open-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function format(path: string): Promise<string> {
  const file = await openLanguageModel(path);
  await file.close();
  return file.format;
}

it.each([
  ['gpt2', 'Hugging Face'],
  ['llama', 'Hugging Face'],
  ['llama-Q4_0.gguf', 'GGUF'],
  ['llama2c.bin', 'llama2.c'],
])('%s is %s', async (name, expected) => {
  expect(await format(join(GOLDEN, name))).toBe(expected);
});

describe('a folder of transformers', () => {
  beforeEach(() => cpSync(join(GOLDEN, 'llama'), folder, { recursive: true }));

  it('may have its weights in several parts', async () => {
    const path = join(folder, 'model.safetensors');
    const tensors = [...readSafetensors(readFileSync(path), 'whole').tensors];
    const parts = [tensors.slice(0, 9), tensors.slice(9)];
    rmSync(path);
    const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    parts.forEach((part, index) => {
      writeFileSync(join(folder, names[index]!), writeSafetensors(new Map(part)));
    });
    const map = parts.flatMap((part, index) => part.map(([name]) => [name, names[index]]));
    const index = join(folder, 'model.safetensors.index.json');
    writeFileSync(index, JSON.stringify({ weight_map: Object.fromEntries(map) }));
    const file = await openLanguageModel(folder);
    for (const [name, tensor] of tensors) expect(await file.model.weights.read(name)).toEqual(tensor);
    await file.close();

    const where = 'weights "model.safetensors.index.json"';
    rmSync(join(folder, names[1]!));
    await expect(openLanguageModel(folder)).rejects.toThrow(
      `${where}: expected "${names[1]}" beside it, received no such file. Fetch all files of the model: ${names[1]} is missing.`,
    );
    const elsewhere = mkdtempSync(join(tmpdir(), 'graft-elsewhere-'));
    const secret = join(elsewhere, 'secret.safetensors');
    writeFileSync(secret, writeSafetensors(new Map(parts[1])));
    // Neither by its name nor by a link does a part lead out of the folder.
    symlinkSync(secret, join(folder, names[1]!));
    const damaged = 'The file is damaged or of another kind: fetch it again.';
    await expect(openLanguageModel(folder)).rejects.toThrow(
      `${where}: expected files beside the index, received "${names[1]}", a link to ${JSON.stringify(realpathSync(secret))}. ${damaged}`,
    );
    rmSync(elsewhere, { recursive: true });
    writeFileSync(index, JSON.stringify({ weight_map: { a: '../elsewhere.safetensors' } }));
    await expect(openLanguageModel(folder)).rejects.toThrow(
      `${where}: expected files beside the index, received "../elsewhere.safetensors". ${damaged}`,
    );
  });

  it('has to have its tokenizer', async () => {
    rmSync(join(folder, 'tokenizer.json'));
    await expect(openLanguageModel(folder)).rejects.toThrow(
      `folder "${basename(folder)}": expected a file "tokenizer.json", received none. ` +
        'Give a folder as transformers writes it: model.save_pretrained and tokenizer.save_pretrained.',
    );
  });
});

describe('a model of llama2.c', () => {
  it('needs its tokenizer, which may be named', async () => {
    const path = join(folder, 'model.bin');
    cpSync(join(GOLDEN, 'llama2c.bin'), path);
    await expect(openLanguageModel(path)).rejects.toThrow(
      'language model "model.bin": expected its tokenizer beside it, such as tokenizer.bin, received none. ' +
        'Name it: --tokenizer tokenizer.bin.',
    );
    const tokenizer = join(GOLDEN, 'llama2c-tokenizer.bin');
    const file = await openLanguageModel(path, { tokenizer });
    expect(file.format).toBe('llama2.c');
    await file.close();
  });
});

it('says what it cannot open', async () => {
  const path = join(folder, 'model.onnx');
  expect(existsSync(path)).toBe(false);
  await expect(openLanguageModel(path)).rejects.toThrow(
    `language model "model.onnx": expected a file or folder, received ${path}. Check the path.`,
  );
  writeFileSync(path, 'something else');
  await expect(openLanguageModel(path)).rejects.toThrow(
    'weights "model.onnx": expected a language model: a folder of transformers, GGUF, or .bin of llama2.c, ' +
      'received another file. Give the folder that holds config.json, tokenizer.json and model.safetensors.',
  );
});
