/** @file Loads a network of texts with its weights and its tokenizer: by a name, or from a folder of this machine. */

import type { FetchWeightsOptions } from '../../core/weights/download-options.ts';
import { isHubName } from '../../core/weights/hub-name.ts';
import { DEFAULT_TEXT_BACKBONE } from '../../recipe/text-defaults.ts';
import type { TextBackbone } from '../../text/encoders/text-backbone.ts';
import { useLiteBackbone } from '../../text/encoders/use-lite-files.ts';
import type { TextPathOptions } from './text-backbone-of-path.ts';
import { beginReadingUseLite, readUseLite, readUseLiteTokenizer } from './use-lite-files.ts';

/** How a text's vector is made of its tokens', and of which value of an ONNX file; and how a model of the hub is fetched. */
export interface LoadTextBackboneOptions extends TextPathOptions {
  readonly download?: FetchWeightsOptions | undefined;
}

/**
 * Loads a network that makes a vector of each text. No network is reached but for a model of the hub.
 *
 * @param nameOrFolder - `use_lite`, Universal Sentence Encoder Lite, which comes with Graft; or a folder as Hugging Face's transformers
 *   write it (BERT, MiniLM, E5, BGE, GPT-2, Llama), or KerasHub (a preset, or a `.weights.h5`); or one of the hub, `hf:OWNER/NAME`; or a
 *   language model in a GGUF file, or in one of llama2.c; or any encoder in an ONNX file with its tokenizer.json beside it, or the
 *   folder of both.
 * @param options - Of a folder or file: how a vector is made of the tokens.
 * @throws {GraftError} `argument`, for another name; and what reading throws.
 */
export async function loadTextBackbone(
  nameOrFolder: string = DEFAULT_TEXT_BACKBONE,
  options: LoadTextBackboneOptions = {},
): Promise<TextBackbone> {
  if (nameOrFolder === DEFAULT_TEXT_BACKBONE) {
    const [whole, tokenizer] = await Promise.all([readUseLite(), readUseLiteTokenizer()]);
    return useLiteBackbone(whole, tokenizer);
  }
  if (isHubName(nameOrFolder)) {
    const { fetchHubModel } = await import('../download/hub-model.ts');
    const folder = await fetchHubModel(nameOrFolder, options.download);
    const backbone = await loadTextBackbone(folder, options);
    return { ...backbone, facts: { ...backbone.facts, id: nameOrFolder.slice('hf:'.length) } };
  }
  // What reads weights of all formats, which the default needs nothing of.
  const { loadTextBackboneOfPath } = await import('./text-backbone-of-path.ts');
  return loadTextBackboneOfPath(nameOrFolder, options);
}

/** What can be read of it in other threads while this one reads the texts. */
export function beginLoadingTextBackbone(nameOrFolder: string = DEFAULT_TEXT_BACKBONE): void {
  if (nameOrFolder === DEFAULT_TEXT_BACKBONE) beginReadingUseLite();
}
