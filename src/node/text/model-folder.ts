/** @file The files of a folder as transformers writes it: its documents, and its weights in one file or several with an index. */

import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { baseName } from '../../core/errors/base-name.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { ShapedWeightFile } from '../../core/weights/weight-file.ts';
import { readWeights } from '../weights/read-weights.ts';
import {
  openSafetensors,
  openShardedSafetensors,
  type SafetensorsOnDisk,
} from '../weights/safetensors-file.ts';

const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
/** As PyTorch saves them, and early models on the hub have nothing else. */
const PICKLE = 'pytorch_model.bin';

/** No configuration and no tokenizer is larger. */
const MAX_BYTES = 2 ** 28;

/** Where its weights are: their file, or the index of several; undefined if there is none of them. */
export function folderWeights(folder: string): string | undefined {
  return [WEIGHTS, INDEX, PICKLE].map((name) => join(folder, name)).find(existsSync);
}

/** Opens its weights. @throws {GraftError} `file-not-found`; `weights`, if a file is damaged, or an index names one elsewhere. */
export async function openFolderWeights(folder: string): Promise<SafetensorsOnDisk> {
  const path = folderWeights(folder);
  if (path === undefined) throw missingFile(folder, `"${WEIGHTS}", "${INDEX}" or "${PICKLE}"`);
  if (path.endsWith('.bin')) return { ...((await readWeights(path)) as ShapedWeightFile), paths: [path] };
  return path.endsWith('.json') ? openShardedSafetensors(path) : openSafetensors(path);
}

/** A document of it. @throws {GraftError} `file-not-found`; `model-file`, if it is no JSON, or too large. */
export async function readFolderJson(folder: string, name: string): Promise<unknown> {
  const text = await readFolderText(folder, name);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const parts = { where: whereOf(folder), expected: `JSON in "${name}"`, received: 'something else' };
    throw new GraftError('model-file', { ...parts, advice: DAMAGED }, { cause });
  }
}

/** The same, where there may be none: undefined. */
export async function readFolderJsonIfThere(folder: string, name: string): Promise<unknown> {
  return existsSync(join(folder, name)) ? readFolderJson(folder, name) : undefined;
}

/** A text of it. @throws {GraftError} `file-not-found`; `model-file`, if it is too large. */
export async function readFolderText(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const status = await stat(path).catch(() => undefined);
  if (status === undefined || !status.isFile()) throw missingFile(folder, `"${name}"`);
  if (status.size <= MAX_BYTES) return readFile(path, 'utf8');
  throw new GraftError('model-file', {
    where: whereOf(folder),
    expected: `at most 256 MB in "${name}"`,
    received: `${status.size} bytes`,
    advice: DAMAGED,
  });
}

const DAMAGED = 'The file is damaged: fetch it again.';

function whereOf(folder: string): string {
  return `folder "${baseName(folder)}"`;
}

function missingFile(folder: string, name: string): GraftError {
  return new GraftError('file-not-found', {
    where: whereOf(folder),
    expected: `a file ${name}`,
    received: 'none',
    advice: 'Give a folder as transformers writes it: model.save_pretrained and tokenizer.save_pretrained.',
  });
}
