/**
 * @file A folder as Hugging Face's transformers and sentence-transformers write it: config.json, tokenizer.json and safetensors; how
 * tokens become one vector, where modules.json says it.
 */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { baseName } from '../../core/errors/base-name.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { WeightFile } from '../../core/weights/weight-file.ts';
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
import { openSafetensors, openShardedSafetensors } from '../weights/safetensors-file.ts';

const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

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
  return existsSync(join(folder, 'config.json')) && weightsPath(folder) !== undefined;
}

/** Whether the network in it writes texts, GPT-2 or Llama. Of a damaged folder, who reads it tells what is wrong. */
export async function isLanguageModelFolder(folder: string): Promise<boolean> {
  if (!existsSync(join(folder, 'config.json'))) return false;
  const where = `folder "${baseName(folder)}"`;
  const type = modelType(await readJson(folder, 'config.json', where));
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
  const config = await readJson(folder, 'config.json', where);
  const options = bertOptions(config, `config "${baseName(folder)}/config.json"`);
  const tokens = bert(options);
  loadBert(tokens, await openWeights(folder, where), options.numLayers);
  const tokenizer = await readTokenizer(folder, where);
  requireSameVocabulary(tokenizer, options.vocabularySize, where);
  const said = await readPooling(folder, where);
  const model = sentenceEncoder(tokens, {
    pooling: pooling ?? said?.pooling ?? 'mean',
    normalize: normalize ?? said?.normalize ?? false,
  });
  const { maxSequenceLength = 512 } = options;
  const length = await readIfThere(folder, 'sentence_bert_config.json', where);
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
export async function readTokenizer(folder: string, where: string): Promise<TextTokenizer> {
  const json = await readText(folder, 'tokenizer.json', where);
  const config = (await readIfThere(folder, 'tokenizer_config.json', where)) ?? {};
  return createTokenizer(json, `tokenizer "${baseName(folder)}/tokenizer.json"`, config as TokenizerConfig);
}

/** Weights of one file or of several with an index. @throws {GraftError} `file-not-found`; `weights`. */
export async function openWeights(folder: string, where: string): Promise<WeightFile> {
  const path = weightsPath(folder);
  if (path === undefined) throw missingFile(where, `"${WEIGHTS}" or "${INDEX}"`);
  return path.endsWith('.json') ? openShardedSafetensors(path) : openSafetensors(path);
}

function weightsPath(folder: string): string | undefined {
  return [WEIGHTS, INDEX].map((name) => join(folder, name)).find(existsSync);
}

/** Ids out of the table would fail in the middle of a run. */
function requireSameVocabulary(tokenizer: TextTokenizer, rows: number, where: string): void {
  if (tokenizer.vocabularySize <= rows) return;
  throw new GraftError('model-file', {
    where,
    expected: `a tokenizer of at most ${rows} ids, as the network has`,
    received: `one of ${tokenizer.vocabularySize}`,
    advice: 'The tokenizer is of another model: fetch tokenizer.json again.',
  });
}

async function readPooling(
  folder: string,
  where: string,
): Promise<{ readonly pooling: TextPooling; readonly normalize: boolean } | undefined> {
  const parsed = MODULES.safeParse(await readIfThere(folder, 'modules.json', where));
  if (!parsed.success) return undefined;
  const module = parsed.data.find(({ type }) => type.endsWith('.Pooling'));
  // Its path is a folder of this one, by sentence-transformers' own naming.
  const file = module && /^\w+$/.test(module.path) ? `${module.path}/config.json` : undefined;
  const modes = POOLING.safeParse(file && (await readIfThere(folder, file, where))).data;
  if (modes === undefined) return undefined;
  const pooling = modes.pooling_mode_cls_token ? 'first' : modes.pooling_mode_lasttoken ? 'last' : 'mean';
  return { pooling, normalize: parsed.data.some(({ type }) => type.endsWith('.Normalize')) };
}

async function readIfThere(folder: string, name: string, where: string): Promise<unknown> {
  return existsSync(join(folder, name)) ? readJson(folder, name, where) : undefined;
}

async function readJson(folder: string, name: string, where: string): Promise<unknown> {
  const text = await readText(folder, name, where);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GraftError(
      'model-file',
      {
        where,
        expected: `JSON in "${name}"`,
        received: 'something else',
        advice: 'The file is damaged: fetch it again.',
      },
      { cause },
    );
  }
}

async function readText(folder: string, name: string, where: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch {
    throw missingFile(where, `"${name}"`);
  }
}

function missingFile(where: string, name: string): GraftError {
  return new GraftError('file-not-found', {
    where,
    expected: `a file ${name}`,
    received: 'none',
    advice: 'Give a folder as transformers writes it: model.save_pretrained and tokenizer.save_pretrained.',
  });
}
