/** @file A network of KerasHub as a backbone for texts. */

import { basename, dirname } from 'node:path';
import { bert } from '../../text/encoders/bert.ts';
import { loadBert } from '../../text/encoders/bert-weights.ts';
import { causalEncoder } from '../../text/encoders/causal-encoder.ts';
import { sentenceEncoder, type TextPooling } from '../../text/encoders/sentence-encoder.ts';
import type { TextBackbone } from '../../text/encoders/text-backbone.ts';
import { createTokenizer } from '../../text/tokenizers/tokenizer.ts';
import { buildLanguageModel } from '../../text/weights/build-language-model.ts';
import { requireSameVocabulary } from './hugging-face-folder.ts';
import { readKerasHub } from './keras-hub-files.ts';

const TITLES = { bert: 'a BERT', gpt2: 'a GPT-2', llama: 'a Llama' } as const;

/**
 * Reads a network of KerasHub as an encoder of texts.
 *
 * @param path - Of its `.weights.h5`.
 * @param pooling - How a text's vector is made of its tokens'. Default `mean`.
 * @throws {GraftError} As `readKerasHub`; `model-file`, if the tokenizer is of another model.
 */
export async function readKerasHubBackbone(
  path: string,
  pooling: TextPooling = 'mean',
): Promise<TextBackbone> {
  const { network, tokenizer: file } = await readKerasHub(path);
  const tokenizer = await createTokenizer(file.json, file.where, file.config);
  const { family } = network;
  const sizes = family === 'bert' ? network.options : network.model.config;
  requireSameVocabulary(tokenizer, sizes.vocabularySize, `weights "${basename(path)}"`);
  const id = basename(path) === 'model.weights.h5' ? basename(dirname(path)) : basename(path);
  const about = {
    tokenizer,
    facts: { id, title: `${id}, ${TITLES[family]} of KerasHub`, architecture: family, license: 'unknown' },
    maxTokens: sizes.maxSequenceLength ?? 512,
    pooling,
    notes: [],
  };
  if (network.family !== 'bert') {
    return { ...about, model: causalEncoder(await buildLanguageModel(network.model), pooling) };
  }
  const tokens = bert(network.options);
  loadBert(tokens, network.file, network.options.numLayers);
  return { ...about, model: sentenceEncoder(tokens, { pooling }) };
}
