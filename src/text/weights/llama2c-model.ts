/** @file A language model of llama2.c: its weights, and the tokenizer that lies in a file of its own. */

import type { ByteSource } from './byte-source.ts';
import type { LanguageModelFile } from './language-model-file.ts';
import { readLlama2c } from './llama2c.ts';
import { LLAMA2C_BEGIN, LLAMA2C_END, readLlama2cTokenizer } from './llama2c-tokenizer.ts';

/**
 * Reads both files.
 *
 * @param tokenizer - The bytes of the tokenizer's file, and what messages call it.
 * @throws {GraftError} `weights`.
 */
export async function readLlama2cModel(
  source: ByteSource,
  tokenizer: { readonly bytes: Uint8Array; readonly where: string },
): Promise<LanguageModelFile> {
  const { config, weights } = await readLlama2c(source);
  const json = readLlama2cTokenizer(tokenizer.bytes, config.vocabularySize, tokenizer.where);
  return {
    where: source.where,
    format: 'llama2.c',
    model: { architecture: 'llama', config, weights },
    tokenizer: { json, where: tokenizer.where },
    beginId: LLAMA2C_BEGIN,
    // Its own program takes the beginning of another text for the end of this one.
    endIds: [LLAMA2C_BEGIN, LLAMA2C_END],
  };
}
