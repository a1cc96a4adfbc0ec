/** @file What is read of a language model, whichever files it comes from. */

import type { TokenizerConfig } from '../tokenizers/tokenizer.ts';
import type { ModelWeights } from './gguf-model.ts';

/** A language model with its tokenizer; its numbers are read when the network is made. */
export interface LanguageModelFile {
  /** For messages: `weights "model.gguf"`. */
  readonly where: string;
  /** `Hugging Face`, `GGUF`, `llama2.c`. */
  readonly format: string;
  readonly model: ModelWeights;
  readonly tokenizer: TokenizerFile;
  /** The id that begins a text where nothing else does. */
  readonly beginId: number | undefined;
  /** Ids that end a text. */
  readonly endIds: readonly number[];
}

export interface TokenizerFile {
  /** The text of a tokenizer.json. */
  readonly json: string;
  /** For messages: `tokenizer "tokenizer.json"`. */
  readonly where: string;
  readonly config?: TokenizerConfig | undefined;
}
