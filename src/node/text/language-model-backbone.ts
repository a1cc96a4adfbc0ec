/** @file A language model's files as a backbone for texts: GPT-2 and Llama, from a folder of transformers, GGUF or llama2.c. */

import { baseName } from '../../core/errors/base-name.ts';
import { causalEncoder } from '../../text/encoders/causal-encoder.ts';
import type { TextPooling } from '../../text/encoders/sentence-encoder.ts';
import type { TextBackbone } from '../../text/encoders/text-backbone.ts';
import { createTokenizer } from '../../text/tokenizers/tokenizer.ts';
import { requireSameVocabulary } from './hugging-face-folder.ts';
import { createNetwork } from './network-of-file.ts';
import { openLanguageModel } from './open-language-model.ts';

const TITLES = { gpt2: 'a GPT-2', llama: 'a Llama' } as const;

/**
 * Reads a language model as an encoder of texts.
 *
 * @param pooling - How a text's vector is made of its tokens'. Default `mean`.
 * @throws {GraftError} `file-not-found`; `weights` or `model-file`, if a file is damaged or of a kind that is not supported.
 */
export async function readLanguageModelBackbone(
  path: string,
  pooling: TextPooling = 'mean',
): Promise<TextBackbone> {
  const file = await openLanguageModel(path);
  try {
    const { architecture, config } = file.model;
    const network = await createNetwork(file);
    const { json, where, config: tokenizerConfig } = file.tokenizer;
    const tokenizer = await createTokenizer(json, where, tokenizerConfig);
    const id = baseName(path);
    requireSameVocabulary(tokenizer, config.vocabularySize, `language model "${id}"`);
    return {
      model: causalEncoder(network, pooling),
      tokenizer,
      facts: { id, title: `${id}, ${TITLES[architecture]}`, architecture, license: 'unknown' },
      maxTokens: config.maxSequenceLength,
      pooling,
      notes: [],
    };
  } finally {
    await file.close();
  }
}
