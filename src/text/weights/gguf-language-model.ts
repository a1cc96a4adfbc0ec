/** @file A language model in one GGUF file, with its tokenizer. */

import type { TokenizerConfig } from '../tokenizers/tokenizer.ts';
import type { ByteSource } from './byte-source.ts';
import { type GgufFile, readGguf } from './gguf.ts';
import { modelOfGguf } from './gguf-model.ts';
import { findBeginToken, tokenizerOfGguf } from './gguf-tokenizer.ts';
import type { LanguageModelFile } from './language-model-file.ts';

/**
 * Reads the file but for its numbers.
 *
 * @throws {GraftError} `weights`, if it is damaged, or of a kind that is not supported.
 */
export async function readGgufModel(source: ByteSource): Promise<LanguageModelFile> {
  const file = await readGguf(source);
  const json = tokenizerOfGguf(file);
  const tokens = file.metadata.get('tokenizer.ggml.tokens') as readonly string[];
  const endId = file.metadata.get('tokenizer.ggml.eos_token_id');
  return {
    where: source.where,
    format: 'GGUF',
    model: await modelOfGguf(file),
    tokenizer: { json, where: source.where, config: configOf(file, tokens) },
    beginId: findBeginToken(file, tokens),
    endIds: typeof endId === 'number' ? [endId] : [],
  };
}

/** What a tokenizer_config.json would say. */
function configOf({ metadata }: GgufFile, tokens: readonly string[]): TokenizerConfig {
  const token = (key: string): string | undefined => {
    const id = metadata.get(`tokenizer.ggml.${key}`);
    return typeof id === 'number' ? tokens[id] : undefined;
  };
  const template = metadata.get('tokenizer.chat_template');
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: token('bos_token_id'),
    eos_token: token('eos_token_id'),
    chat_template: typeof template === 'string' ? template : undefined,
  };
}
