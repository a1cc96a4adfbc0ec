/** @file A network of texts from a file or a folder of this machine, whatever wrote it. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { isOnnxPath } from '../../core/weights/onnx-file.ts';
import { DEFAULT_TEXT_BACKBONE } from '../../recipe/text-defaults.ts';
import type { TextBackbone } from '../../text/encoders/text-backbone.ts';
import {
  type HuggingFaceFolderOptions,
  isBertFolder,
  isHuggingFaceFolder,
  isLanguageModelFolder,
  readHuggingFaceFolder,
} from './hugging-face-folder.ts';
import { kerasHubWeights } from './keras-hub-path.ts';
import type { OnnxEncoderOptions } from './onnx-encoder.ts';

/** How a text's vector is made of its tokens', and of which value of an ONNX file. */
export interface TextPathOptions extends HuggingFaceFolderOptions, OnnxEncoderOptions {}

/** As `loadTextBackbone`, of what is there. @throws {GraftError} `argument`, if nothing is; and what reading throws. */
export async function loadTextBackboneOfPath(path: string, options: TextPathOptions): Promise<TextBackbone> {
  if (!existsSync(path)) throw unknown(path, 'neither');
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
