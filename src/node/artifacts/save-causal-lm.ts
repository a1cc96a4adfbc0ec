/** @file Writes a language model as a folder of transformers. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { huggingFaceFiles, type SaveCausalLmOptions } from '../../text/export/hugging-face-files.ts';
import type { CausalLm } from '../../text/generation/causal-lm.ts';
import { beginsWith, isReplaceable } from '../files/own-files.ts';
import { folderFor, writeWhole } from '../files/write-file.ts';

/**
 * Writes `config.json`, `generation_config.json`, `tokenizer.json`, `tokenizer_config.json` and `model.safetensors`: what
 * `loadCausalLm`, `graft generate` and transformers read. Adapters are merged into the weights that are written; in the
 * model they stay.
 *
 * @param folder - It is made; one that is there has to be empty.
 * @throws {GraftError} `file-exists`, if something is in the folder; `file-write`, with the reason.
 */
export async function saveCausalLm(
  lm: CausalLm,
  folder: string,
  options: SaveCausalLmOptions = {},
): Promise<void> {
  await requireEmptyFolder(folder);
  await folderFor(folder);
  await saveIntoRun(lm, folder, options);
}

/**
 * Writes the files into the folder of a run, in the place of those that the same run wrote when it was interrupted.
 *
 * @throws {GraftError} `file-exists`, if a file of such a name is another's; `file-write`.
 */
export async function saveIntoRun(
  lm: CausalLm,
  folder: string,
  options: SaveCausalLmOptions = {},
): Promise<void> {
  for (const [name, content] of huggingFaceFiles(lm, options)) {
    const path = join(folder, name);
    // A configuration or a tokenizer proves nothing; but of one model they are the same each time.
    if (typeof content === 'string' && (await holds(path, content))) continue;
    const replace = name.endsWith('.safetensors') && (await isReplaceable(path, WRITTEN_BY_GRAFT));
    await writeWhole(path, content, { replace });
  }
}

/** The length of the header, and what `huggingFaceFiles` begins it with. */
const WRITTEN_BY_GRAFT = beginsWith(/^.{6}\0\0\{"__metadata__":\{"format":"pt","writer":"graft"\}/s);

async function holds(path: string, content: string): Promise<boolean> {
  return (await readFile(path, 'utf8').catch(() => undefined)) === content;
}

/** @throws {GraftError} `file-exists`, if something is there and is no empty folder. */
async function requireEmptyFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    return ['a file'];
  });
  if (names.length === 0) return;
  throw new GraftError('file-exists', {
    where: folder,
    expected: 'a folder that is new or empty',
    received: 'one that holds files',
    advice: 'Choose another --out.',
  });
}
