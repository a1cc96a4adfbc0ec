/** @file A real, tiny Llama writes what llama2.c writes. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import { loadCausalLm } from '../../../src/node/text/load-causal-lm.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { floats, integers } from '../../../src/core/tensor/tensor.ts';
import { needs } from '../../support/needs.ts';
import { languageFile } from './language-fixture.ts';

const WEIGHTS = '../shared/weights/stories260K.bin';
const path = fileURLToPath(new URL(`../../../${WEIGHTS}`, import.meta.url));

interface Fixture {
  readonly texts: readonly {
    readonly prompt: string;
    readonly promptIds: readonly number[];
    readonly ids: readonly number[];
    readonly text: string;
    readonly logits: readonly number[];
  }[];
  readonly encoded: readonly (readonly [text: string, ids: readonly number[]])[];
}

const { texts, encoded } = JSON.parse(readFileSync(languageFile('stories260k.json'), 'utf8')) as Fixture;

describe('stories260K', needs.file(WEIGHTS), () => {
  it('has the ids of llama2.c', async () => {
    const { tokenizer } = await loadCausalLm(path);
    expect(encoded.map(([text]) => [text, tokenizer.encode(text)])).toEqual(encoded);
  });

  it.each(texts.flatMap((each) => [true, false].map((useCache) => [each.prompt, useCache, each] as const)))(
    'continues "%s" by 200 tokens; with a cache: %s',
    async (prompt, useCache, { promptIds, ids, text }) => {
      const lm = await loadCausalLm(path);
      const got = await lm.generate(prompt, { maxTokens: ids.length, useCache });
      expect(got.promptIds).toEqual(promptIds);
      expect(got.ids).toEqual(ids);
      expect(got.text.trimStart()).toBe(text.trimStart());
      await lm.dispose();
    },
  );

  it('has the logits of transformers', async () => {
    const { network } = await loadCausalLm(path);
    const { promptIds, ids, logits } = texts[1]!;
    const all = [...promptIds, ...ids];
    const result = await evaluateGraph(modelGraph(network), { token_ids: integers(all, [1, all.length]) });
    const last = (result['token_embedding']!.data as Float32Array).slice(-logits.length);
    expect(floats([logits.length], last)).toBeAllClose(floats([logits.length], logits), {
      atol: 1e-4,
      rtol: 1e-4,
    });
  });
});
