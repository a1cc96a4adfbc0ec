/**
 * @file A folder as Hugging Face's transformers and sentence-transformers write it: config.json, tokenizer.json and safetensors; how
 * tokens become one vector, where modules.json says it.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { baseName } from '../../core/errors/base-name.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { bert } from '../../text/encoders/bert.ts';
import { bertOptions, modelType } from '../../text/encoders/bert-config.ts';
import { loadBert } from '../../text/encoders/bert-weights.ts';
import { sentenceEncoder, type TextPooling } from '../../text/encoders/sentence-encoder.ts';
import type { TextBackbone } from '../../text/encoders/text-backbone.ts';
import {
  createTokenizer,
  type TextTokenizer,
  type TokenizerConfig,
} from '../../text/tokenizers/tokenizer.ts';
import {
  folderWeights,
  openFolderWeights,
  readFolderJson,
  readFolderJsonIfThere,
  readFolderText,
} from './model-folder.ts';

const MODULES = z.array(z.object({ type: z.string(), path: z.string() }));
const POOLING = z.object({
  pooling_mode_cls_token: z.boolean().default(false),
  pooling_mode_mean_tokens: z.boolean().default(false),
  pooling_mode_lasttoken: z.boolean().default(false),
});
const MAX_LENGTH = z.object({ max_seq_length: z.int().positive() });

/** How a vector is made of the tokens of a text. */
export interface HuggingFaceFolderOptions {
  /** Default: what modules.json says, else `mean`. */
  readonly pooling?: TextPooling | undefined;
  /** Whether vectors get length 1. Default: what modules.json says, else false. */
  readonly normalize?: boolean | undefined;
}

/** Whether a folder is one of these. */
export function isHuggingFaceFolder(folder: string): boolean {
  return existsSync(join(folder, 'config.json')) && folderWeights(folder) !== undefined;
}

/** Whether one of these is of the BERT family, which is known as layers. */
export async function isBertFolder(folder: string): Promise<boolean> {
  return isHuggingFaceFolder(folder) && modelType(await readFolderJson(folder, 'config.json')) === 'bert';
}

/** Whether the network in it writes texts, GPT-2 or Llama. Of a damaged folder, who reads it tells what is wrong. */
export async function isLanguageModelFolder(folder: string): Promise<boolean> {
  if (!existsSync(join(folder, 'config.json'))) return false;
  const type = modelType(await readFolderJson(folder, 'config.json'));
  return type === 'gpt2' || type === 'llama';
}

/**
 * Reads an encoder of the BERT family.
 *
 * @throws {GraftError} `file-not-found`, with the file that is missing; `model-file`, `weights`, if one is damaged or of a network
 *   that is not supported.
 */
export async function readHuggingFaceFolder(
  folder: string,
  { pooling, normalize }: HuggingFaceFolderOptions = {},
): Promise<TextBackbone> {
  const where = `folder "${baseName(folder)}"`;
  const config = await readFolderJson(folder, 'config.json');
  const options = bertOptions(config, `config "${baseName(folder)}/config.json"`);
  const tokens = bert(options);
  loadBert(tokens, await openFolderWeights(folder), options.numLayers);
  const tokenizer = await readTokenizer(folder);
  requireSameVocabulary(tokenizer, options.vocabularySize, where);
  const said = await readPooling(folder);
  const model = sentenceEncoder(tokens, {
    pooling: pooling ?? said?.pooling ?? 'mean',
    normalize: normalize ?? said?.normalize ?? false,
  });
  const { maxSequenceLength = 512 } = options;
  const length = await readFolderJsonIfThere(folder, 'sentence_bert_config.json');
  const saidLength = MAX_LENGTH.safeParse(length).data?.max_seq_length ?? maxSequenceLength;
  return {
    model,
    tokenizer,
    facts: {
      id: baseName(folder),
      title: `${baseName(folder)}, a BERT`,
      architecture: 'bert',
      license: 'unknown',
    },
    maxTokens: Math.min(saidLength, maxSequenceLength),
    pooling: pooling ?? said?.pooling ?? 'mean',
    notes:
      said === undefined && pooling === undefined
        ? ['No modules.json says how a vector is made of the tokens: their mean is taken.']
        : [],
  };
}

/** The tokenizer of such a folder. @throws {GraftError} `file-not-found`; `model-file`. */
export async function readTokenizer(folder: string): Promise<TextTokenizer> {
  const json = await readFolderText(folder, 'tokenizer.json');
  const config = (await readFolderJsonIfThere(folder, 'tokenizer_config.json')) ?? {};
  return createTokenizer(json, `tokenizer "${baseName(folder)}/tokenizer.json"`, config as TokenizerConfig);
}

/**
 * Insists on ids that are in the network's table: others would fail in the middle of a run.
 *
 * @throws {GraftError} `model-file`.
 */
export function requireSameVocabulary(tokenizer: TextTokenizer, rows: number, where: string): void {
  if (tokenizer.vocabularySize <= rows) return;
  throw new GraftError('model-file', {
    where,
    expected: `a tokenizer of at most ${rows} ids, as the network has`,
    received: `one of ${tokenizer.vocabularySize}`,
    advice: 'The tokenizer is of another model: fetch tokenizer.json again.',
  });
}

/** How a vector is made of those of the tokens, and whether it gets length 1, if modules.json says it. */
export async function readPooling(
  folder: string,
): Promise<{ readonly pooling: TextPooling; readonly normalize: boolean } | undefined> {
  const parsed = MODULES.safeParse(await readFolderJsonIfThere(folder, 'modules.json'));
  if (!parsed.success) return undefined;
  const module = parsed.data.find(({ type }) => type.endsWith('.Pooling'));
  // Its path is a folder of this one, by sentence-transformers' own naming.
  const file = module && /^\w+$/.test(module.path) ? `${module.path}/config.json` : undefined;
  const modes = POOLING.safeParse(file && (await readFolderJsonIfThere(folder, file))).data;
  if (modes === undefined) return undefined;
  const pooling = modes.pooling_mode_cls_token ? 'first' : modes.pooling_mode_lasttoken ? 'last' : 'mean';
  return { pooling, normalize: parsed.data.some(({ type }) => type.endsWith('.Normalize')) };
}
