/** @file An encoder of texts in an ONNX file, with its tokenizer.json beside it, or in the folder above, as transformers.js has it. */

import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import { graphEncoder } from '../../text/encoders/graph-encoder.ts';
import { sentenceEncoder } from '../../text/encoders/sentence-encoder.ts';
import type { TextBackbone } from '../../text/encoders/text-backbone.ts';
import type { TextTokenizer } from '../../text/tokenizers/tokenizer.ts';
import { openOnnx } from '../weights/open-onnx.ts';
import {
  type HuggingFaceFolderOptions,
  readPooling,
  readTokenizer,
  requireSameVocabulary,
} from './hugging-face-folder.ts';
import { readFolderJsonIfThere } from './model-folder.ts';

/** How a vector is made of the tokens, and which value of the file is taken. */
export interface OnnxEncoderOptions extends HuggingFaceFolderOptions {
  /** The value of the file to take. Default: see `graphEncoder`. */
  readonly cut?: string | undefined;
}

/** Layers that are put behind the file's own: at these, nothing of the file is cut. */
const OWN_LAYERS = ['ids', 'padding_mask', 'pooling', 'unit_normalization'];

const TOKENIZER = 'tokenizer.json';
const SIZE = z.int().positive();
const LIMITS = {
  'sentence_bert_config.json': z.object({ max_seq_length: SIZE }).transform((of) => of.max_seq_length),
  'tokenizer_config.json': z
    .object({ model_max_length: SIZE.max(2 ** 20) })
    .transform((of) => of.model_max_length),
  // RoBERTa counts its places from behind the padding's.
  'config.json': z
    .object({
      max_position_embeddings: SIZE,
      pad_token_id: z.int().nullish(),
      model_type: z.string().optional(),
    })
    .transform(
      (of) => of.max_position_embeddings - (/roberta|camembert|mpnet/.test(of.model_type ?? '') ? 2 : 0),
    ),
} as const;

/**
 * Reads an encoder of texts from an ONNX file.
 *
 * @param path - Of the file.
 * @throws {GraftError} `file-not-found`, if there is no tokenizer; and as `graphEncoder`.
 */
export async function readOnnxEncoder(
  path: string,
  { pooling, normalize, cut }: OnnxEncoderOptions = {},
): Promise<TextBackbone> {
  const where = `model "${basename(path)}"`;
  const folder = folderOfTokenizer(path, where);
  const tokenizer = await readTokenizer(folder);
  const said = await readPooling(folder);
  const encoder = graphEncoder(await openOnnx(path), {
    cut: cut === undefined || OWN_LAYERS.includes(cut) ? undefined : cut,
    wantsTokens: pooling !== undefined,
    padId: padIdOf(tokenizer),
    maxTokens: await saidTokens(folder),
  });
  const { network, vocabularySize, hasMask } = encoder;
  if (vocabularySize !== undefined) requireSameVocabulary(tokenizer, vocabularySize, where);
  const id = basename(path) === 'model.onnx' ? basename(folder) : basename(path);
  const facts = { id, title: `${id}, an encoder in ONNX`, architecture: 'onnx', license: 'unknown' };
  const notes = hasMask
    ? []
    : [`The network takes no mask: padding is the id ${padIdOf(tokenizer)}, which it has to know itself.`];
  const base = { tokenizer, facts, maxTokens: encoder.maxTokens };
  if (network.output.shape.length === 2) return { ...base, model: network, notes };
  const chosen = pooling ?? said?.pooling ?? 'mean';
  if (said === undefined && pooling === undefined) {
    notes.push('No modules.json says how a vector is made of the tokens: their mean is taken.');
  }
  const model = sentenceEncoder(network, {
    pooling: chosen,
    normalize: normalize ?? said?.normalize ?? false,
  });
  return { ...base, model, pooling: chosen, notes };
}

function folderOfTokenizer(path: string, where: string): string {
  const own = dirname(path);
  const folders = basename(own) === 'onnx' ? [own, dirname(own)] : [own];
  const found = folders.find((folder) => existsSync(join(folder, TOKENIZER)));
  if (found !== undefined) return found;
  if (!existsSync(path) || !statSync(path).isFile()) {
    const received = `no file at "${path}"`;
    throw new GraftError('file-not-found', {
      where,
      expected: 'a file',
      received,
      advice: 'Check the path.',
    });
  }
  throw new GraftError('file-not-found', {
    where,
    expected: `its tokenizer beside it, ${TOKENIZER}`,
    received: 'none',
    advice: 'Copy it from where the model is from: tokenizer.save_pretrained writes it.',
  });
}

/** What stands for padding, by what the tokenizer's files say, or its usual names. */
function padIdOf(tokenizer: TextTokenizer): number {
  const said = tokenizer.config?.['pad_token'];
  const content = typeof said === 'object' && said !== null ? (said as { content?: unknown }).content : said;
  const names = [...(typeof content === 'string' ? [content] : []), '[PAD]', '<pad>'];
  return names.flatMap((name) => tokenizer.idOf(name) ?? [])[0] ?? 0;
}

/** The least of what the files beside a network say of the length of its texts. */
async function saidTokens(folder: string): Promise<number | undefined> {
  const said: number[] = [];
  for (const [name, schema] of Object.entries(LIMITS)) {
    const limit = schema.safeParse(await readFolderJsonIfThere(folder, name)).data;
    if (limit !== undefined && limit > 0) said.push(limit);
  }
  return said.length === 0 ? undefined : Math.min(...said);
}
