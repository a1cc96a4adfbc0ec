/** @file Writes a language model as a folder of transformers. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { huggingFaceFiles, type SaveCausalLmOptions } from '../../text/export/hugging-face-files.ts';
import type { CausalLm } from '../../text/generation/causal-lm.ts';
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
  for (const [name, content] of huggingFaceFiles(lm, options)) {
    await writeWhole(join(folder, name), content, { replace: false });
  }
}

/** @throws {GraftError} `file-exists`, if something is there and is no empty folder. */
export async function requireEmptyFolder(folder: string): Promise<void> {
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
