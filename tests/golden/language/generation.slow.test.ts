/** @file Texts are continued as by transformers, with and without a cache. */

import { describe, expect, it } from 'vitest';
import { loadCausalLm } from '../../../src/node/text/load-causal-lm.ts';
import { samplers } from '../../../src/text/generation/samplers.ts';
import { fixture, languageFile } from './language-fixture.ts';

describe.each(['gpt2', 'llama'] as const)('%s', (name) => {
  const { prompt, promptIds, greedy, penalized, penalty, text, encoded } = fixture[name];
  const load = async () => {
    const lm = await loadCausalLm(languageFile(name), { threads: 1 });
    // The fixture was written to its full length.
    return Object.assign(lm, { endIds: [] });
  };

  it('has the ids of its tokenizer', async () => {
    const { tokenizer } = await load();
    expect(encoded.map(([one]) => [one, tokenizer.encode(one)])).toEqual(encoded);
  });

  it.each([true, false])('writes what transformers writes; with a cache: %s', async (useCache) => {
    const lm = await load();
    const got = await lm.generate(prompt, { maxTokens: greedy.length, useCache });
    expect(got).toEqual({ promptIds, ids: greedy, reason: 'length', text: expect.any(String) });
    expect(got.text.trimStart()).toBe(text.trimStart());
    await lm.dispose();
  });

  it('is kept from repeating itself as by transformers', async () => {
    const lm = await load();
    const sampler = samplers.greedy({ repetitionPenalty: penalty });
    expect((await lm.generate(prompt, { maxTokens: penalized.length, sampler })).ids).toEqual(penalized);
    await lm.dispose();
  });

  it('streams the text in pieces', async () => {
    const lm = await load();
    const pieces: string[] = [];
    for await (const piece of lm.stream(prompt, { maxTokens: greedy.length })) pieces.push(piece);
    const { text: whole } = await lm.generate(prompt, { maxTokens: greedy.length });
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toBe(whole);
    await lm.dispose();
  });

  it('draws the same text from the same seed', async () => {
    const lm = await load();
    const sampler = samplers.topP({ p: 0.9, temperature: 1.5 });
    const ids = async (seed: number) => (await lm.generate(prompt, { maxTokens: 12, sampler, seed })).ids;
    expect(await ids(1)).toEqual(await ids(1));
    expect(await ids(1)).not.toEqual(await ids(2));
    await lm.dispose();
  });

  it('stops where its context ends', async () => {
    const lm = await load();
    const { ids, reason } = await lm.generate(prompt, { maxTokens: 1000 });
    expect(promptIds.length + ids.length).toBe(lm.maxSequenceLength + 1);
    expect(reason).toBe('length');
    await expect(lm.generate('the sea '.repeat(60))).rejects.toThrow(
      new RegExp(
        `^prompt: expected at most ${lm.maxSequenceLength} tokens, the model's context, received \\d+\\. ` +
          'Shorten it, or take a model with a longer context\\.$',
      ),
    );
    await lm.dispose();
  });
});

it('writes the same from GGUF and llama2.c as from the folder of transformers', async () => {
  const { prompt, greedy, encoded } = fixture.llama;
  for (const name of ['llama-F16.gguf', 'llama2c.bin']) {
    const lm = Object.assign(await loadCausalLm(languageFile(name), { threads: 1 }), { endIds: [] });
    expect(encoded.map(([one]) => [one, lm.tokenizer.encode(one)])).toEqual(encoded);
    expect((await lm.generate(prompt, { maxTokens: greedy.length })).ids).toEqual(greedy);
    await lm.dispose();
  }
});
