/** @file A language model in one GGUF file, with its tokenizer. */

import type { ByteSource } from './byte-source.ts';
import { readGguf } from './gguf.ts';
import { modelOfGguf } from './gguf-model.ts';
import { beginOf, tokenizerOfGguf } from './gguf-tokenizer.ts';
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
    model: modelOfGguf(file),
    tokenizer: { json, where: source.where },
    beginId: beginOf(file, tokens),
    endIds: typeof endId === 'number' ? [endId] : [],
  };
}
