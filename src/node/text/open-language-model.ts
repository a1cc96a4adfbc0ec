/**
 * @file Finds out what a path holds of a language model, and opens it: a folder of transformers, a preset of KerasHub, a GGUF file,
 * or a file of llama2.c with its tokenizer beside it.
 */

import { createHash, type Hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { sourceOfFile } from '../../core/weights/tensor-source.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';
import type { TokenizerConfig } from '../../text/tokenizers/tokenizer.ts';
import { isGguf } from '../../text/weights/gguf-header.ts';
import { readGgufModel } from '../../text/weights/gguf-language-model.ts';
import { modelOfHuggingFace } from '../../text/weights/hugging-face-model.ts';
import type { LanguageModelFile } from '../../text/weights/language-model-file.ts';
import { isLlama2c, LLAMA2C_HEADER_BYTES } from '../../text/weights/llama2c.ts';
import { readLlama2cModel } from '../../text/weights/llama2c-model.ts';
import { type OpenFile, openFile } from './file-ranges.ts';
import { kerasHubWeights } from './keras-hub-path.ts';
import { openFolderWeights, readFolderJson, readFolderJsonIfThere, readFolderText } from './model-folder.ts';

export interface OpenLanguageModelOptions {
  /** The tokenizer's file, of a model of llama2.c. Default: the one that lies beside it. */
  readonly tokenizer?: string | undefined;
}

/** A model whose files are open. */
export interface OpenLanguageModel extends LanguageModelFile {
  /** SHA-256 of all files of weights, in hexadecimal digits: the same numbers have the same. */
  contentHash(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens a language model's files; their numbers are read when a network is made of them.
 *
 * @throws {GraftError} `file-not-found`; `weights`, if it is damaged or of a kind that is not supported.
 */
export async function openLanguageModel(
  path: string,
  { tokenizer }: OpenLanguageModelOptions = {},
): Promise<OpenLanguageModel> {
  if (!existsSync(path)) {
    throw new GraftError('file-not-found', {
      where: `language model "${basename(path)}"`,
      expected: 'a file or folder',
      received: path,
      advice: 'Check the path.',
    });
  }
  const hub = await kerasHubWeights(path);
  if (hub !== undefined) return openKerasHub(hub);
  if (statSync(path).isDirectory()) return openFolder(path);
  const file = await openFile(path, `weights "${basename(path)}"`);
  try {
    const head = await file.read(0, LLAMA2C_HEADER_BYTES);
    if (isGguf(head)) return closing(await readGgufModel(file), [file]);
    if (isLlama2c(head, file.byteLength) || path.endsWith('.bin')) {
      const found = tokenizer ?? tokenizerBeside(path);
      const where = `tokenizer "${basename(found)}"`;
      const bytes = await readWhole(found, where);
      return closing(await readLlama2cModel(file, { bytes, where }), [file]);
    }
    throw new GraftError('weights', {
      where: file.where,
      expected: 'a language model: a folder of transformers, GGUF, or .bin of llama2.c',
      received: 'another file',
      advice: 'Give the folder that holds config.json, tokenizer.json and model.safetensors.',
    });
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openKerasHub(path: string): Promise<OpenLanguageModel> {
  const { readKerasHub, endIdsOf } = await import('./keras-hub-files.ts');
  const { network, tokenizer } = await readKerasHub(path);
  const where = `weights "${basename(path)}"`;
  if (network.family === 'bert') {
    throw new GraftError('weights', {
      where,
      expected: 'a language model, GPT-2 or Llama',
      received: 'a BERT, which writes no texts',
      advice: 'Use it as the backbone of a classifier: graft train TEXTS --backbone FOLDER.',
    });
  }
  const { model } = network;
  const read = {
    where,
    format: 'KerasHub',
    model,
    tokenizer,
    beginId: undefined,
    endIds: endIdsOf(tokenizer),
  };
  return closing(read, [await openFile(path, where)]);
}

async function openFolder(folder: string): Promise<OpenLanguageModel> {
  const config = await readFolderJson(folder, 'config.json');
  const weights = await openFolderWeights(folder);
  const where = `configuration "${join(basename(folder), 'config.json')}"`;
  const read = modelOfHuggingFace(config, where, sourceOfFile(weights));
  const tokenizer = {
    json: await readFolderText(folder, 'tokenizer.json'),
    where: `tokenizer "${join(basename(folder), 'tokenizer.json')}"`,
    config: await tokenizerConfigOf(folder),
  };
  const files: OpenFile[] = [];
  try {
    // Of what numbers are read when they are wanted, the content is read when it is asked for.
    for (const path of weights.paths) files.push(await openFile(path, weights.where));
    return closing({ where: weights.where, format: 'Hugging Face', ...read, tokenizer }, files);
  } catch (error) {
    await Promise.all(files.map((file) => file.close()));
    throw error;
  }
}

/** Newer versions of transformers write the chat template as a file of its own. */
async function tokenizerConfigOf(folder: string): Promise<TokenizerConfig | undefined> {
  const config = (await readFolderJsonIfThere(folder, 'tokenizer_config.json')) as
    | TokenizerConfig
    | undefined;
  const template = 'chat_template.jinja';
  if (!existsSync(join(folder, template))) return config;
  return { ...config, chat_template: await readFolderText(folder, template) };
}

/** The only file of the folder that can be the tokenizer of llama2.c. */
function tokenizerBeside(path: string): string {
  const folder = dirname(path);
  const names = readdirSync(folder).filter((name) => /tok.*\.bin$/i.test(name) && name !== basename(path));
  const [only] = names;
  if (only !== undefined && names.length === 1) return join(folder, only);
  throw new GraftError('file-not-found', {
    where: `language model "${basename(path)}"`,
    expected: 'its tokenizer beside it, such as tokenizer.bin',
    received: names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', '),
    advice: 'Name it: --tokenizer tokenizer.bin.',
  });
}

/** No configuration and no tokenizer is larger. */
const MAX_BYTES = 2 ** 28;

async function readWhole(path: string, where: string): Promise<Uint8Array> {
  if (existsSync(path) && statSync(path).isFile()) {
    if (statSync(path).size > MAX_BYTES) throw brokenFile(where, 'less than 256 MB', 'more');
    return readFileSync(path);
  }
  throw new GraftError('file-not-found', {
    where,
    expected: 'a file',
    received: path,
    advice: 'Give the folder as save_pretrained writes it, with the tokenizer.',
  });
}

function closing(file: LanguageModelFile, files: readonly OpenFile[]): OpenLanguageModel {
  const computeHash = async (): Promise<string> => {
    const hash = createHash('sha256');
    for (const each of files) await hashFile(each, hash);
    return hash.digest('hex');
  };
  let hash: Promise<string> | undefined;
  return {
    ...file,
    contentHash: () => {
      hash ??= computeHash();
      return hash;
    },
    close: async () => {
      await Promise.all(files.map((each) => each.close()));
    },
  };
}

/** What is read of a file at once. */
const CHUNK_BYTES = 2 ** 22;

async function hashFile({ byteLength, read }: OpenFile, hash: Hash): Promise<void> {
  hash.update(`${byteLength} `);
  for (let start = 0; start < byteLength; start += CHUNK_BYTES) hash.update(await read(start, CHUNK_BYTES));
}
