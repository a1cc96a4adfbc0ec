/** @file Loads a network of texts with its weights and its tokenizer: by a name, or from a folder of this machine. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { FetchWeightsOptions } from '../../core/weights/download-options.ts';
import { isHubName } from '../../core/weights/hub-name.ts';
import { isOnnxPath } from '../../core/weights/onnx-file.ts';
import { DEFAULT_TEXT_BACKBONE } from '../../recipe/text-defaults.ts';
import type { TextBackbone } from '../../text/encoders/text-backbone.ts';
import { useLiteBackbone } from '../../text/encoders/use-lite-files.ts';
import { fetchHubModel } from '../download/hub-model.ts';
import {
  type HuggingFaceFolderOptions,
  isBertFolder,
  isHuggingFaceFolder,
  isLanguageModelFolder,
  readHuggingFaceFolder,
} from './hugging-face-folder.ts';
import { kerasHubWeights } from './keras-hub-path.ts';
import type { OnnxEncoderOptions } from './onnx-encoder.ts';
import { beginReadingUseLite, readUseLite, readUseLiteTokenizer } from './use-lite-files.ts';

/** How a text's vector is made of its tokens', and of which value of an ONNX file; and how a model of the hub is fetched. */
export interface LoadTextBackboneOptions extends HuggingFaceFolderOptions, OnnxEncoderOptions {
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
    const folder = await fetchHubModel(nameOrFolder, options.download);
    const backbone = await loadTextBackbone(folder, options);
    return { ...backbone, facts: { ...backbone.facts, id: nameOrFolder.slice('hf:'.length) } };
  }
  if (existsSync(nameOrFolder)) return loadFrom(nameOrFolder, options);
  throw unknown(nameOrFolder, 'neither');
}

/** What can be read of it in other threads while this one reads the texts. */
export function beginLoadingTextBackbone(nameOrFolder: string = DEFAULT_TEXT_BACKBONE): void {
  if (nameOrFolder === DEFAULT_TEXT_BACKBONE) beginReadingUseLite();
}

async function loadFrom(path: string, options: LoadTextBackboneOptions): Promise<TextBackbone> {
  const hub = await kerasHubWeights(path);
  if (hub !== undefined) {
    const { readKerasHubBackbone } = await import('./keras-hub-backbone.ts');
    return readKerasHubBackbone(hub, options.pooling);
  }
  const isFile = statSync(path).isFile();
  const onnx = isFile ? isOnnxPath(path) && path : onnxFileOf(path);
  // A network that is known as layers is more than one as a graph: it can be cut, unfrozen and adapted anywhere.
  const hasLayers = !isFile && (await hasKnownLayers(path));
  if (onnx && !hasLayers) {
    const { readOnnxEncoder } = await import('./onnx-encoder.ts');
    return readOnnxEncoder(onnx, options);
  }
  if (isFile || (await isLanguageModelFolder(path))) {
    const { readLanguageModelBackbone } = await import('./language-model-backbone.ts');
    return readLanguageModelBackbone(path, options.pooling);
  }
  if (isHuggingFaceFolder(path)) return readHuggingFaceFolder(path, options);
  throw unknown(path, 'a folder without config.json and model.safetensors, and without model.onnx');
}

async function hasKnownLayers(folder: string): Promise<boolean> {
  if (await isBertFolder(folder)) return true;
  return isHuggingFaceFolder(folder) && (await isLanguageModelFolder(folder));
}

/** The ONNX file in a folder: `model.onnx`, that in its folder `onnx`, or the only one. */
function onnxFileOf(folder: string): string | undefined {
  const usual = ['model.onnx', join('onnx', 'model.onnx')].find((name) => existsSync(join(folder, name)));
  if (usual !== undefined) return join(folder, usual);
  const names = readdirSync(folder).filter(isOnnxPath);
  return names.length === 1 ? join(folder, names[0]!) : undefined;
}

function unknown(name: string, received: string): GraftError {
  return new GraftError('argument', {
    where: `text backbone "${name}"`,
    expected: `"${DEFAULT_TEXT_BACKBONE}", a folder of Hugging Face, hf:OWNER/NAME, or a language model's file`,
    received,
    advice:
      'Download a model of the BERT, GPT-2 or Llama family with its config.json and tokenizer.json, and give its folder; or one in ONNX with its tokenizer.json.',
  });
}
