/** @file Writes a model for Keras or TensorFlow.js. */

import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GraftError } from '../../errors/graft-error.ts';
import type { Functional } from '../../layers/functional.ts';
import type { Preprocessing } from '../../models/preprocessing.ts';
import { makeFolder, writeError, writeWhole } from '../write-file.ts';
import type { KerasFormat } from './export-format.ts';
import { exportNote } from './export-note.ts';
import { kerasArchive } from './keras-archive.ts';
import { kerasHdf5 } from './keras-hdf5.ts';
import { portableModel } from './portable-model.ts';
import { tfjsModel } from './tfjs-model.ts';

export interface ExportOptions {
  readonly format: KerasFormat;
  /** The file to write; for `tfjs` the folder. It must not exist, or be an empty folder. */
  readonly out: string;
  /**
   * Becomes the model's first layer, so that the exported model takes float32 RGB pixels in [0, 255]. Without it, the
   * exported model takes what the model takes.
   */
  readonly preprocessing?: Preprocessing;
  /** Names of the classes, which go along with the model. */
  readonly labels?: readonly string[];
  /** Named in the file. Default `graft`. */
  readonly generatedBy?: string;
  /** Written into the file. Default now. */
  readonly date?: Date;
}

/**
 * Writes a model, with its weights, as Keras' `.keras` or `.h5`, or as a LayersModel of TensorFlow.js.
 *
 * The layers keep names, options, weights and whether they are trainable. Input: float32 `[N, height, width, 3]`.
 *
 * @returns The files written.
 * @throws {GraftError} `graph`, naming the layer that the format cannot hold; `file-exists`; `file-write`.
 */
export async function exportFunctional(
  model: Functional,
  options: ExportOptions,
): Promise<readonly string[]> {
  const { format, out, preprocessing, labels, generatedBy = 'graft', date = new Date() } = options;
  await requireFree(out);
  const portable = portableModel(model, format, preprocessing);
  const note = exportNote(portable, {
    generatedBy,
    takesPixels: preprocessing !== undefined,
    ...(labels && { labels }),
  });
  if (format === 'tfjs') {
    await folderFor(out, out);
    const files = tfjsModel(portable, note, date);
    for (const [name, content] of files) await writeWhole(join(out, name), content);
    return [...files.keys()].map((name) => join(out, name));
  }
  await folderFor(dirname(out), out);
  const bytes =
    format === 'keras' ? await kerasArchive(portable, note, date) : await kerasHdf5(portable, note);
  await writeWhole(out, bytes);
  return [out];
}

/** @throws {GraftError} `file-exists`, unless nothing or an empty folder is there. */
export async function requireFree(out: string): Promise<void> {
  const status = await stat(out).catch(() => undefined);
  if (status === undefined) return;
  if (status.isDirectory() && (await readdir(out)).length === 0) return;
  throw new GraftError('file-exists', {
    where: `"${out}"`,
    expected: 'a new file or folder',
    received: status.isDirectory() ? 'a folder with something in it' : 'one that is there already',
    advice: 'Remove it, or choose another --out.',
  });
}

/** @throws {GraftError} `file-write`, if it cannot be made. */
export async function folderFor(folder: string, out: string): Promise<void> {
  await makeFolder(folder).catch((cause: unknown) => {
    throw writeError(out, cause);
  });
}
