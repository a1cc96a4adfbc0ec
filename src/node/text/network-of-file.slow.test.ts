/** @file A large model's weights stay in a file of the cache, which is checked, shared and made again. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RowBuffer } from '../../core/features/feature-set.ts';
import { readBatch } from '../../core/fit/read-batch.ts';
import { encodeModel } from '../../core/onnx/encoder.ts';
import { optimizers } from '../../core/optimizers/optimizers.ts';
import { createSession } from '../../core/runtime/create-session.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { Runtime } from '../../core/runtime/runtime.ts';
import { causalLm } from '../../text/generation/causal-lm.ts';
import { Decoder } from '../../text/generation/decoder.ts';
import { decodingGraph } from '../../text/generation/decoding-graph.ts';
import { createTokenizer } from '../../text/tokenizers/tokenizer.ts';
import { createCausalLmStep } from '../../text/training/causal-lm-step.ts';
import { type LanguageModelConfig, languageModel } from '../../text/weights/build-language-model.ts';
import { saveCausalLm } from '../artifacts/save-causal-lm.ts';
import { createNetwork } from './network-of-file.ts';
import { openLanguageModel } from './open-language-model.ts';

const MODELS = ['gpt2', 'llama', 'llama-Q8_0.gguf'];
const IDS = [3, 14, 15, 92, 65, 35];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graft-stored-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function load(name: string, minBytes: number) {
  const file = await openLanguageModel(resolve('tests/golden/language', name));
  try {
    return await createNetwork(file, { folder, minBytes });
  } finally {
    await file.close();
  }
}

const SIZES = { vocabularySize: 290, numLayers: 1, layerNormEpsilon: 1e-5, maxSequenceLength: 32 };
const HEADS = { numQueryHeads: 2, numKeyValueHeads: 1, headDim: 8 };
const LLAMA = { ...SIZES, ...HEADS, ropeMaxWavelength: 1e4, tieWordEmbeddings: true };

/** Models with widths whose rows compete for the cache: within blocks, or of all hidden states. */
const WIDE: readonly LanguageModelConfig[] = [
  {
    architecture: 'gpt2',
    config: { ...SIZES, numHeads: 2, hiddenDim: 8, intermediateDim: 1024 },
  },
  { architecture: 'llama', config: { ...LLAMA, hiddenDim: 16, intermediateDim: 2048 } },
  { architecture: 'llama', config: { ...LLAMA, hiddenDim: 1024, intermediateDim: 24 } },
];

/** A folder with a model whose weights are drawn. */
async function folderOf(architecture: LanguageModelConfig): Promise<string> {
  const network = languageModel(architecture);
  network.initialize({ seed: 1 });
  const json = readFileSync('tests/golden/language/gpt2/tokenizer.json', 'utf8');
  const tokenizer = await createTokenizer(json, 'tokenizer');
  const path = join(folder, 'model');
  await saveCausalLm(causalLm({ network, architecture, tokenizer }), path);
  return path;
}

const stored = (name: string) => load(name, 0);
const inMemory = (name: string) => load(name, Number.POSITIVE_INFINITY);

async function logitsOf(network: Awaited<ReturnType<typeof load>>): Promise<Float32Array> {
  const decoder = await Decoder.create(network, { threads: 1 });
  try {
    const text = decoder.begin();
    await text.extend(IDS.slice(0, 4));
    return await text.extend(IDS.slice(4));
  } finally {
    await decoder.dispose();
  }
}

/** Adapters after three steps. */
async function trained(network: Awaited<ReturnType<typeof load>>) {
  network.enableLora(2);
  network.initialize({ seed: 1 });
  const optimizer = optimizers.adamW({ learningRate: 0.01 });
  const made = await createCausalLmStep(network, { optimizer, threads: 1 });
  const batch = await readBatch(made.features([IDS]), Uint32Array.of(0), made.loss, new RowBuffer());
  for (let i = 0; i < 3; i++) await made.step.run(batch, 0.01);
  const { weights } = await made.step.readState();
  await made.dispose();
  return weights;
}

const numbersFile = (): string =>
  join(folder, readdirSync(folder).find((name) => name.endsWith('.f32')) ?? 'none');

describe('weights that are stored', () => {
  it.each(MODELS)('of %s are those of the model, and give the same logits', async (name) => {
    const [kept, plain] = [await stored(name), await inMemory(name)];
    expect(kept.weights.some(({ weight }) => weight.stored !== undefined)).toBe(true);
    kept.weights.forEach(({ weight }, index) => {
      expect(weight.value).toEqual(plain.weights[index]!.weight.value);
    });
    const expected = await logitsOf(plain);
    expect(await logitsOf(kept)).toBeAllClose(expected, { atol: 1e-6, rtol: 1e-5 });
  });

  it('are named in the model that a session is given, not copied into it', async () => {
    const { graph } = decodingGraph(await stored('gpt2'));
    const [whole, named] = [encodeModel(graph), encodeModel(graph, { namesFiles: true })];
    const largest = graph.constants.get('token_embedding/embeddings')!;
    expect(whole.length - named.length).toBeGreaterThan(4 * largest.data.length);
    // Whoever asks for the whole model gets it: an export is one file.
    expect(whole).toEqual(encodeModel(decodingGraph(await inMemory('gpt2')).graph));
  });

  it('lie by columns where hidden states are multiplied by them', async () => {
    const [kept, plain] = [await stored('gpt2'), await inMemory('gpt2')];
    const kernelOf = (network: typeof kept) =>
      network.getLayer('transformer_layer_0_feedforward_intermediate_dense').weight('kernel');
    const { file, offset, byColumns } = kernelOf(kept).stored!.place!;
    const [rows, columns] = kernelOf(plain).spec.shape as [number, number];
    expect(byColumns).toEqual([rows, columns]);
    const lying = new Float32Array(readFileSync(join(folder, file)).buffer.slice(offset), 0, rows * columns);
    const { value } = kernelOf(plain);
    const byColumn = Float32Array.from(lying, (_, place) => {
      return value[(place % rows) * columns + Math.floor(place / rows)]!;
    });
    expect(lying).toEqual(byColumn);
    const table = kept.getLayer('token_embedding').weight('embeddings').stored!.place!;
    expect(table.byColumns).toBeUndefined();
  });

  it('train adapters to the same bits', async () => {
    expect(await trained(await stored('llama'))).toEqual(await trained(await inMemory('llama')));
  });

  it.each(WIDE)(
    'lie with zeros between where rows would compete for the cache: $architecture, $config.hiddenDim and $config.intermediateDim',
    async (architecture) => {
      const path = await folderOf(architecture);
      const [kept, plain] = [await stored(path), await inMemory(path)];
      const padded = kept.weights.filter(({ weight }) =>
        weight.stored?.place?.padded?.some((size) => size % 1024 === 16),
      );
      expect(padded.length).toBeGreaterThan(1);
      kept.weights.forEach(({ weight }, index) => {
        expect(weight.value).toEqual(plain.weights[index]!.weight.value);
      });
      const expected = await logitsOf(plain);
      expect(await logitsOf(kept)).toBeAllClose(expected, { atol: 1e-5, rtol: 1e-5 });
      expect(await trained(kept)).toEqual(await trained(plain));

      // What lies there is what sessions are told: nothing of it comes into the model.
      let given = Buffer.alloc(0);
      const createSessionOf: Runtime['createSession'] = (model, ...rest) => {
        given = Buffer.from(model);
        return platform.createSession(model, ...rest);
      };
      const { graph } = decodingGraph(await stored(path));
      const session = await createSession(graph, {
        runtime: { ...platform, createSession: createSessionOf },
      });
      await session.dispose();
      for (const { weight } of padded) {
        const { file, offset, padded: [rows, columns] = [0, 0] } = weight.stored!.place!;
        const lying = new Float32Array(
          readFileSync(join(folder, file)).buffer.slice(offset),
          0,
          rows * columns,
        );
        const zeros = lying.filter((number) => number === 0);
        expect(zeros).toHaveLength(rows * columns - weight.value.length);
        for (const numbers of [lying, weight.value])
          expect(given.includes(Buffer.from(numbers.buffer, 0, 64))).toBe(false);
      }
    },
  );

  it('are written once for one content, and again where the file is damaged', async () => {
    await stored('gpt2');
    const path = numbersFile();
    const whole = readFileSync(path);
    expect(readdirSync(folder)).toHaveLength(2);
    await stored('gpt2');
    expect(readdirSync(folder)).toHaveLength(2);
    for (const damage of [
      () => truncateSync(path, 100),
      () =>
        writeFileSync(
          path,
          whole.map((byte, place) => (place === 5000 ? byte ^ 1 : byte)),
        ),
      () => rmSync(path),
      () => writeFileSync(path.replace('.f32', '.json'), '{}'),
    ]) {
      damage();
      const network = await stored('gpt2');
      expect(readFileSync(path).equals(whole)).toBe(true);
      expect(network.weights.some(({ weight }) => weight.stored !== undefined)).toBe(true);
    }
  });

  it('may be written by several at once', async () => {
    const networks = await Promise.all([stored('llama'), stored('llama'), stored('llama')]);
    expect(readdirSync(folder).toSorted((a, b) => a.localeCompare(b))).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}\.f32$/),
      expect.stringMatching(/^[0-9a-f]{64}\.json$/),
    ]);
    const expected = await logitsOf(networks[0]);
    for (const network of networks) expect(await logitsOf(network)).toEqual(expected);
  });

  it('stay in memory where there is no place for them, or little to gain', async () => {
    const small = await load('gpt2', 64e6);
    expect(readdirSync(folder)).toEqual([]);
    expect(small.weights.every(({ weight }) => weight.stored === undefined)).toBe(true);
    writeFileSync(join(folder, 'taken'), '');
    folder = join(folder, 'taken');
    const network = await stored('gpt2');
    expect(network.weights.every(({ weight }) => weight.stored === undefined)).toBe(true);
    expect(await logitsOf(network)).toEqual(await logitsOf(small));
  });

  it('that are gone when they are read say what to do', async () => {
    const network = await stored('gpt2');
    const path = numbersFile();
    rmSync(path);
    expect(() => network.getLayer('token_embedding').weight('embeddings').value).toThrow(
      `weights of a language model: expected the file "${path}" of the cache, as it was when the model was opened, ` +
        'received none, or a part of it. Load the model again: the file is then made anew.',
    );
  });
});
