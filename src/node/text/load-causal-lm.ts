/** @file A language model from its files, ready to write. */

import { type CausalLm, type CausalLmOptions, causalLm } from '../../text/generation/causal-lm.ts';
import { createTokenizer } from '../../text/tokenizers/tokenizer.ts';
import { networkOf } from './network-of-file.ts';
import { type OpenLanguageModelOptions, openLanguageModel } from './open-language-model.ts';

/** How a language model is loaded and runs. */
export interface LoadCausalLmOptions extends CausalLmOptions, OpenLanguageModelOptions {}

/**
 * Loads a language model of the Llama or GPT-2 family: a folder of transformers (`config.json`, `tokenizer.json`,
 * safetensors), a GGUF file (F32, F16, BF16, Q8_0, Q4_0, Q4_1), or a `.bin` of llama2.c with its tokenizer beside it.
 *
 * ```ts
 * const lm = await loadCausalLm('stories260K.bin');
 * for await (const piece of lm.stream('Once upon a time', { maxTokens: 50 })) process.stdout.write(piece);
 * ```
 *
 * @throws {GraftError} `file-not-found`; `weights` or `model-file`, if a file is damaged or of a kind that is not supported.
 */
export async function loadCausalLm(
  path: string,
  { tokenizer, ...options }: LoadCausalLmOptions = {},
): Promise<CausalLm> {
  const file = await openLanguageModel(path, { tokenizer });
  try {
    const network = await networkOf(file);
    const { json, where, config } = file.tokenizer;
    const { architecture, config: sizes } = file.model;
    return causalLm(
      {
        network,
        architecture: { architecture, config: sizes } as never,
        tokenizer: await createTokenizer(json, where, config),
        tokenizerConfig: config,
        beginId: file.beginId,
        endIds: file.endIds,
      },
      options,
    );
  } finally {
    await file.close();
  }
}
