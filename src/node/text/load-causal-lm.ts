/** @file A language model from its files, ready to write. */

import { type CausalLm, type CausalLmOptions, causalLm } from '../../text/generation/causal-lm.ts';
import { createTokenizer } from '../../text/tokenizers/tokenizer.ts';
import { loadOnnxCausalLm } from './load-onnx-causal-lm.ts';
import { createNetwork } from './network-of-file.ts';
import {
  type OpenLanguageModel,
  type OpenLanguageModelOptions,
  openLanguageModel,
} from './open-language-model.ts';

/** How a language model is loaded and runs. */
export interface LoadCausalLmOptions extends CausalLmOptions, OpenLanguageModelOptions {}

/**
 * Loads a language model of the Llama or GPT-2 family: a folder of transformers (`config.json`, `tokenizer.json`,
 * safetensors), a GGUF file (F32, F16, BF16, Q8_0, Q4_0, Q4_1), a `.bin` of llama2.c with its tokenizer beside it; or, to write
 * only, an ONNX file of `graft export`.
 *
 * ```ts
 * const lm = await loadCausalLm('stories260K.bin');
 * for await (const piece of lm.stream('Once upon a time', { maxTokens: 50 })) process.stdout.write(piece);
 * ```
 *
 * @throws {GraftError} `file-not-found`; `weights` or `model-file`, if a file is damaged or of a kind that is not supported.
 */
export async function loadCausalLm(path: string, options: LoadCausalLmOptions = {}): Promise<CausalLm> {
  if (path.endsWith('.onnx')) return loadOnnxCausalLm(path, options);
  return withFile(path, options, (file) => readCausalLm(file, options));
}

/** As {@link loadCausalLm}, with SHA-256 of all files of its weights: a training goes on with the same weights only. */
export async function loadHashedCausalLm(
  path: string,
  options: LoadCausalLmOptions = {},
): Promise<{ readonly lm: CausalLm; readonly contentHash: string }> {
  return withFile(path, options, async (file) => ({
    lm: await readCausalLm(file, options),
    contentHash: await file.contentHash(),
  }));
}

async function withFile<T>(
  path: string,
  { tokenizer }: OpenLanguageModelOptions,
  use: (file: OpenLanguageModel) => Promise<T>,
): Promise<T> {
  const file = await openLanguageModel(path, { tokenizer });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function readCausalLm(file: OpenLanguageModel, options: CausalLmOptions): Promise<CausalLm> {
  const network = await createNetwork(file);
  const { json, where, config } = file.tokenizer;
  const { architecture, config: sizes } = file.model;
  const parts = {
    network,
    architecture: { architecture, config: sizes } as never,
    tokenizer: await createTokenizer(json, where, config),
    tokenizerConfig: config,
    beginId: file.beginId,
    endIds: file.endIds,
  };
  return causalLm(parts, options);
}
