/** @file KerasHub's files of a network of texts: a `.weights.h5`, or the folder of a preset, and its tokenizer. */

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import { KerasHubFile } from '../../text/architectures/keras-hub-file.ts';
import { type KerasHubBert, kerasHubBert } from '../../text/encoders/keras-hub-bert.ts';
import { byteLevelJson, wordPieceJson } from '../../text/tokenizers/vocabulary-json.ts';
import type { ModelWeights } from '../../text/weights/gguf-model.ts';
import { kerasHubLanguageModel } from '../../text/weights/keras-hub-language-model.ts';
import type { TokenizerFile } from '../../text/weights/language-model-file.ts';
import { readWeights } from '../weights/read-weights.ts';
import { readFolderJson, readFolderJsonIfThere, readFolderText } from './model-folder.ts';

/** A configuration of KerasHub; Hugging Face's has no class. */
const PRESET = z.object({ class_name: z.string(), config: z.record(z.string(), z.unknown()) });
/** The tokenizer.json of a preset, which is another than Hugging Face's. */
const TOKENIZER = z.object({
  config: z.object({ lowercase: z.boolean().optional(), strip_accents: z.boolean().optional() }),
});
const VOCABULARY = z.record(z.string(), z.int().nonnegative());

/** A network of a family, as what makes it takes it. */
export type KerasHubNetwork =
  | ({ readonly family: 'bert' } & KerasHubBert)
  | { readonly family: 'gpt2' | 'llama'; readonly model: ModelWeights };

/** A network with what it needs. */
export interface KerasHubFiles {
  readonly network: KerasHubNetwork;
  readonly tokenizer: TokenizerFile;
  /** The file of the weights. */
  readonly path: string;
}

/**
 * Reads a network and its tokenizer.
 *
 * @param path - Of the file of weights.
 * @throws {GraftError} `weights`, if it is of another network or damaged; `file-not-found`, if there is no tokenizer; `model-file`, if it is damaged.
 */
export async function readKerasHub(path: string): Promise<KerasHubFiles> {
  const folder = dirname(path);
  const config = PRESET.safeParse(await readFolderJsonIfThere(folder, 'config.json')).data;
  const hub = new KerasHubFile(await readWeights(path));
  const { family } = hub;
  const network: KerasHubNetwork =
    family === 'bert'
      ? { family, ...kerasHubBert(hub) }
      : { family, model: kerasHubLanguageModel(hub, config) };
  return { network, tokenizer: await readTokenizerFile(folder, path), path };
}

/** What ends a text in the vocabularies of GPT-2 and Llama. */
const ENDS = ['<|endoftext|>', '</s>', '<|end_of_text|>', '<|eot_id|>'];
const IDS = z.object({
  added_tokens: z.array(z.object({ id: z.int(), content: z.string() })).default([]),
  model: z.object({ vocab: VOCABULARY.catch({}) }),
});

/** Ids that end a text, by their usual names. */
export function endIdsOf({ json }: TokenizerFile): number[] {
  const { added_tokens: added, model } = IDS.parse(JSON.parse(json));
  const ids = new Map([
    ...Object.entries(model.vocab),
    ...added.map(({ id, content }) => [content, id] as const),
  ]);
  return ENDS.flatMap((end) => ids.get(end) ?? []);
}

/** A tokenizer.json of Hugging Face; else a vocabulary, as a preset has it, or beside the weights. */
async function readTokenizerFile(folder: string, path: string): Promise<TokenizerFile> {
  const said = await readFolderJsonIfThere(folder, 'tokenizer.json');
  const whereOf = (name: string): string => `tokenizer "${join(basename(folder), name)}"`;
  if (typeof said === 'object' && said !== null && 'model' in said) {
    const json = await readFolderText(folder, 'tokenizer.json');
    return { json, where: whereOf('tokenizer.json') };
  }
  const places = [join('assets', 'tokenizer'), '.'];
  const find = (...names: string[]): string | undefined =>
    places
      .flatMap((place) => names.map((name) => join(place, name)))
      .find((name) => existsSync(join(folder, name)));
  const words = find('vocabulary.txt', 'vocab.txt');
  if (words !== undefined) {
    const { lowercase, strip_accents: stripsAccents } = TOKENIZER.safeParse(said).data?.config ?? {};
    const list = linesOf(await readFolderText(folder, words));
    return { json: wordPieceJson(list, { lowercase, stripsAccents }), where: whereOf(words) };
  }
  const [pieces, merges] = [find('vocabulary.json', 'vocab.json'), find('merges.txt')];
  if (pieces !== undefined && merges !== undefined) {
    const vocab = VOCABULARY.safeParse(await readFolderJson(folder, pieces));
    if (!vocab.success) throw damaged(whereOf(pieces));
    const pairs = linesOf(await readFolderText(folder, merges)).filter(
      (line) => !line.startsWith('#version'),
    );
    return { json: byteLevelJson(vocab.data, pairs), where: whereOf(pieces) };
  }
  throw new GraftError('file-not-found', {
    where: `weights "${basename(path)}"`,
    expected: 'its tokenizer beside it: tokenizer.json, vocabulary.txt, or vocabulary.json and merges.txt',
    received: find('vocabulary.spm') === undefined ? 'none' : 'vocabulary.spm',
    advice: 'Copy the tokenizer.json of the same model from Hugging Face.',
  });
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function damaged(where: string): GraftError {
  return new GraftError('model-file', {
    where,
    expected: 'pieces with their ids',
    received: 'something else',
    advice: 'The file is damaged: fetch it again.',
  });
}
