/** @file Networks of texts by name and by folder. */

import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { loadTextBackbone } from './load-text-backbone.ts';

const ADVICE =
  'Download a model of the BERT, GPT-2 or Llama family with its config.json and tokenizer.json, and give its folder; or one in ONNX with its tokenizer.json.';

describe('loadTextBackbone', () => {
  it('has one that comes with Graft', async () => {
    const { model, tokenizer, maxTokens, facts } = await loadTextBackbone();
    expect(model.output.shape).toEqual([null, 512]);
    model.trainable = true;
    expect(model.countParams()).toEqual({ total: 7_008_512, trainable: 6_975_744, nonTrainable: 32_768 });
    expect(tokenizer.encode('a')).toHaveLength(1);
    expect(maxTokens).toBe(128);
    expect(facts).toEqual({
      id: 'use_lite',
      title: 'Universal Sentence Encoder Lite',
      architecture: 'use_lite',
      license: 'Apache-2.0',
    });
  });

  it.each([
    ['use_large', 'neither'],
    ['src', 'a folder without config.json and model.safetensors, and without model.onnx'],
  ])('refuses %s', async (name, received) => {
    await expect(loadTextBackbone(name)).rejects.toThrow(
      withMessage(
        `text backbone "${name}": expected "use_lite", a folder of Hugging Face, hf:OWNER/NAME, or a language model's file, received ${received}. ${ADVICE}`,
      ),
    );
  });
});
