/** @file Files of language models that are damaged, or of a kind that is not read, are refused with what to do. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tensorSource } from '../../core/weights/tensor-source.ts';
import { buildLanguageModel } from './build-language-model.ts';
import { bytesSource } from './byte-source.ts';
import { readGguf } from './gguf.ts';
import { readGgufModel } from './gguf-language-model.ts';
import { modelOfHuggingFace } from './hugging-face-model.ts';
import { isLlama2c, readLlama2c } from './llama2c.ts';
import { readLlama2cTokenizer } from './llama2c-tokenizer.ts';

const golden = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(`tests/golden/language/${name}`));
const WHERE = 'weights "a"';
const DAMAGED = 'The file is damaged or of another kind: fetch it again.';

/** Writes over a number of 32 bits. */
function changed<B extends Uint8Array>(bytes: B, place: number, value: number): B {
  new DataView(bytes.buffer, bytes.byteOffset).setInt32(place, value, true);
  return bytes;
}

describe('llama2.c', () => {
  const read = (bytes: Uint8Array) => readLlama2c(bytesSource(bytes, WHERE));

  it('is known by its sizes alone', () => {
    const file = golden('llama2c.bin');
    expect(isLlama2c(file, file.length)).toBe(true);
    expect(isLlama2c(file, file.length + 4)).toBe(false);
    expect(isLlama2c(golden('llama-F16.gguf'), file.length)).toBe(false);
  });

  it.each([
    [() => golden('llama2c.bin').subarray(0, 20), 'expected a header of 28 bytes, received 20.'],
    [() => golden('llama2c.bin').subarray(0, 1000), 'expected 116892 bytes for its sizes, received 1000.'],
    [
      () => changed(golden('llama2c.bin'), 8, 2 ** 30),
      'expected numLayers from 1 to 16777216, received 1073741824.',
    ],
    [
      () => changed(golden('llama2c.bin'), 16, 3),
      'expected query heads that are a multiple of the heads of keys, received 4 heads and 3.',
    ],
  ])('is refused where it is damaged: %#', async (make, message) => {
    await expect(read(make())).rejects.toThrow(`${WHERE}: ${message} ${DAMAGED}`);
  });

  it('is refused in a later version, with how to get the first', async () => {
    await expect(read(changed(changed(golden('llama2c.bin'), 0, 0x616b3432), 4, 2))).rejects.toThrow(
      `${WHERE}: expected a file of llama2.c in version 0, float32, received version 2. ` +
        'Export it with "python export.py model.bin --version 0", or to the Hugging Face format.',
    );
  });

  it('has a tokenizer of as many pieces', () => {
    expect(() => readLlama2cTokenizer(golden('llama2c-tokenizer.bin'), 512, 'tokenizer "t"')).toThrow(
      `tokenizer "t": expected 512 pieces, as the model has, received 320. ${DAMAGED}`,
    );
  });
});

describe('GGUF', () => {
  it('names a kind that it does not read', async () => {
    const bytes = golden('llama-Q8_0.gguf');
    const name = new TextEncoder().encode('token_embd.weight');
    const start = indexOf(bytes, name) + name.length;
    // Behind the name: two axes, then the kind.
    await expect(readGguf(bytesSource(changed(bytes, start + 4 + 16, 12), WHERE))).rejects.toThrow(
      `${WHERE}: expected tensors stored as F32, F16, Q4_0, Q4_1, Q8_0, BF16, ` +
        'received Q4_K ("token_embd.weight"). Take the file of the same model in Q8_0 or F16.',
    );
  });

  it('names an architecture that it does not read', async () => {
    const bytes = golden('llama-Q8_0.gguf');
    const place = indexOf(bytes, new TextEncoder().encode('general.architecture'));
    bytes.set(new TextEncoder().encode('mamba'), indexOf(bytes, new TextEncoder().encode('llama'), place));
    await expect(readGgufModel(bytesSource(bytes, WHERE))).rejects.toThrow(
      `${WHERE}: expected a model of the architecture llama or gpt2, received mamba. ` +
        'Take a model of the Llama or GPT-2 family.',
    );
  });

  it('is refused where tensors lie beyond its end, and where its header does', async () => {
    const bytes = golden('llama-Q8_0.gguf');
    await expect(readGguf(bytesSource(bytes.subarray(0, -64), WHERE))).rejects.toThrow(
      /^weights "a": expected \d+ bytes for ".*" of shape \[.*\], received \d+\. The file is damaged/,
    );
    await expect(readGguf(bytesSource(bytes.subarray(0, 300), WHERE))).rejects.toThrow(DAMAGED);
  });
});

describe('weights', () => {
  it('that are not finite are refused', async () => {
    const { model } = await readGgufModel(bytesSource(golden('llama-F16.gguf'), WHERE));
    const { weights } = model;
    const broken = {
      ...weights,
      read: async (name: string) => {
        const tensor = await weights.read(name);
        if (name === 'model.layers.1.mlp.up_proj.weight') tensor.data[7] = Number.NaN;
        return tensor;
      },
    };
    await expect(buildLanguageModel({ ...model, weights: broken } as typeof model)).rejects.toThrow(
      `${WHERE}: expected finite numbers in "model.layers.1.mlp.up_proj.weight", received NaN. ${DAMAGED}`,
    );
  });

  it('that are missing are named, and claimed blocks are not made', async () => {
    const { model } = await readGgufModel(bytesSource(golden('llama-F16.gguf'), WHERE));
    if (model.architecture !== 'llama') throw new Error('another architecture');
    const shapes = new Map([...model.weights.shapes].filter(([name]) => !name.includes('1.mlp.up_proj')));
    const without = { ...model, weights: { ...model.weights, shapes } };
    await expect(buildLanguageModel(without)).rejects.toThrow(
      `${WHERE}: expected a tensor "model.layers.1.mlp.up_proj.weight" of shape [64, 32], received none. ` +
        'Configuration and weights are of different models, or a part of the file is missing.',
    );
    const many = { ...model, config: { ...model.config, numLayers: 1_000_000 } };
    await expect(buildLanguageModel(many)).rejects.toThrow(
      `${WHERE}: expected tensors of 1000000 blocks, received ${model.weights.shapes.size} tensors. ${DAMAGED}`,
    );
  });
});

describe('configurations of transformers', () => {
  const config = JSON.parse(readFileSync('tests/golden/language/llama/config.json', 'utf8')) as object;
  const advice = 'Take a model of the Llama or GPT-2 family, such as SmolLM2 or GPT-2.';

  it.each([
    [{ model_type: 'mamba' }, `a model_type of "llama" or "gpt2", received "mamba". ${advice}`],
    [
      { rope_parameters: { rope_type: 'yarn', rope_theta: 1 } },
      `rotary embeddings that are not scaled, or as in Llama 3, received yarn. ${advice}`,
    ],
    [{ hidden_act: 'relu' }, `the activation silu, received relu. ${advice}`],
    [{ attention_bias: true }, `projections without biases, received biases. ${advice}`],
    [
      { num_key_value_heads: 3 },
      `query heads that are a multiple of the heads of keys, received 4 heads and 3. ${DAMAGED}`,
    ],
    [{ num_hidden_layers: -1 }, `numLayers from 1 to 16777216, received -1. ${DAMAGED}`],
  ])('are refused where they are of another variant, or lie: %#', (change, message) => {
    const tensors = tensorSource(WHERE, new Map());
    expect(() => modelOfHuggingFace({ ...config, ...change }, 'configuration "c"', tensors)).toThrow(
      `configuration "c": expected ${message}`,
    );
  });
});

function indexOf(bytes: Uint8Array, wanted: Uint8Array, from = 0): number {
  for (let start = from; start <= bytes.length - wanted.length; start++) {
    if (wanted.every((byte, i) => bytes[start + i] === byte)) return start;
  }
  throw new Error('not found');
}
