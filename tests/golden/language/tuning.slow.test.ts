/** @file Language models learn texts, whole or by adapters, and are written as transformers reads them. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveCausalLm } from '../../../src/node/artifacts/save-causal-lm.ts';
import { loadCausalLm } from '../../../src/node/text/load-causal-lm.ts';
import { type TuneOptions, tuneCausalLm } from '../../../src/text/training/tune-causal-lm.ts';
import { languageFile } from './language-fixture.ts';

const TEXTS = Array.from(
  { length: 40 },
  (_, index) => `The ${['dog', 'girl', 'sea', 'house'][index % 4]} was blue and the sea was small.`,
);
const OPTIONS: TuneOptions = { epochs: 3, batchSize: 4, sequenceLength: 24, learningRate: 1e-2, threads: 1 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graft-tune-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.each(['gpt2', 'llama'] as const)('%s', (name) => {
  it('foretells texts better after it was trained on their like', async () => {
    const lm = await loadCausalLm(languageFile(name), { threads: 1 });
    const { before, after, bestEpoch, epochs, ended, ...cut } = await tuneCausalLm(lm, TEXTS, OPTIONS);
    expect(ended).toBe('epochs');
    expect(cut).toMatchObject({ sequenceLength: 24, tokens: expect.any(Number) });
    expect(before.perplexity).toBeCloseTo(Math.exp(before.loss));
    expect(after.loss).toBeLessThan(before.loss - 1);
    expect(epochs[bestEpoch - 1]).toMatchObject({ validation: after, isBest: true });
    await lm.dispose();
  });

  it('keeps what it has learned when it is interrupted', async () => {
    const stop = new AbortController();
    const lm = await loadCausalLm(languageFile(name), { threads: 1 });
    const kept = lm.network.weights.map(({ weight }) => Float32Array.from(weight.value));
    const tuned = await tuneCausalLm(lm, TEXTS, {
      ...OPTIONS,
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === 3) stop.abort();
      },
    });
    const { before, after, bestEpoch, epochs, ended } = tuned;
    expect([ended, epochs.length, bestEpoch]).toEqual(['interrupted', 1, 1]);
    expect(after.loss).toBeLessThan(before.loss);
    expect(lm.network.weights.map(({ weight }) => weight.value)).not.toEqual(kept);
    const signal = AbortSignal.abort();
    await expect(tuneCausalLm(lm, TEXTS, { ...OPTIONS, signal })).rejects.toThrow(
      expect.objectContaining({ code: 'interrupted' }),
    );
    await lm.dispose();
  });

  it('trains its adapters alone, and is saved with them merged', async () => {
    const lm = await loadCausalLm(languageFile(name), { threads: 1 });
    const kept = new Map(lm.network.weights.map((each) => [each.name, Float32Array.from(each.weight.value)]));
    lm.network.enableLora(4, { targets: ['query', 'value', 'feedforward_output_dense'] });
    const { before, after } = await tuneCausalLm(lm, TEXTS, { ...OPTIONS, learningRate: 3e-2 });
    expect(after.loss).toBeLessThan(before.loss - 0.3);
    for (const [key, value] of kept) {
      const { weight } = lm.network.weights.find((each) => each.name === key)!;
      expect(weight.value, key).toEqual(value);
    }
    const out = join(folder, 'out');
    await saveCausalLm(lm, out);
    expect(readdirSync(out).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const again = await loadCausalLm(out, { threads: 1 });
    const write = async (one: typeof lm) => (await one.generate('The sea', { maxTokens: 16 })).ids;
    expect(await write(again)).toEqual(await write(lm));
    expect({ ...again.architecture }).toEqual({ ...lm.architecture });
    expect([again.beginId, again.endIds]).toEqual([lm.beginId, lm.endIds]);
    await Promise.all([again.dispose(), lm.dispose()]);
  });
});

it('gives the same weights for the same seed', async () => {
  const tuned = async (seed: number) => {
    const lm = await loadCausalLm(languageFile('llama'), { threads: 1 });
    lm.network.enableLora(2);
    await tuneCausalLm(lm, TEXTS, { ...OPTIONS, epochs: 1, learningRate: 3e-2, seed });
    return lm.network.weights.filter(({ trainable }) => trainable).map(({ weight }) => weight.value);
  };
  const first = await tuned(1);
  expect(await tuned(1)).toEqual(first);
  expect(await tuned(2)).not.toEqual(first);
});

it('keeps the weights that a model had where training makes it worse', async () => {
  const lm = await loadCausalLm(languageFile('llama'), { threads: 1 });
  const before = lm.network.weights.map(({ weight }) => Float32Array.from(weight.value));
  const result = await tuneCausalLm(lm, TEXTS, { ...OPTIONS, epochs: 1, learningRate: 20 });
  expect(result.bestEpoch).toBe(0);
  expect(result.after).toEqual(result.before);
  expect(lm.network.weights.map(({ weight }) => weight.value)).toEqual(before);
});

it('says what it lacks', async () => {
  const lm = await loadCausalLm(languageFile('llama'), { threads: 1 });
  await expect(tuneCausalLm(lm, ['The sea.'], { sequenceLength: 40 })).rejects.toThrow(
    'texts: expected at least two sequences, one of them to be held out, received 1. ' +
      'Give more text, or shorter sequences.',
  );
  await expect(tuneCausalLm(lm, TEXTS, { epochs: 0 })).rejects.toThrow(
    'tuning a language model: expected epochs from 1 on, received 0. Correct it, or leave it out for the default.',
  );
  await saveCausalLm(lm, folder);
  await expect(saveCausalLm(lm, folder)).rejects.toThrow(
    `${folder}: expected a folder that is new or empty, received one that holds files. Choose another --out.`,
  );
  lm.network.trainable = false;
  await expect(tuneCausalLm(lm, TEXTS, OPTIONS)).rejects.toThrow(
    'model "llama": expected a layer that is trained, received only frozen layers. ' +
      'Set model.trainable = true, or call model.enableLora(8).',
  );
});
