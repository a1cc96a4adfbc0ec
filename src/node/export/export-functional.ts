/** @file Writes a model for Keras or TensorFlow.js. */

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { Task } from '../../recipe/task.ts';
import type { Preprocessing } from '../../vision/preprocessing/preprocessing.ts';
import { NAME_IS_PROOF, removeEmptyFolder, removeOwnFile } from '../files/own-files.ts';
import { folderFor, writeWhole } from '../files/write-file.ts';
import { type KerasFormat, LAYER_FORMATS } from './export-formats.ts';
import { exportNote } from './export-note.ts';
import { portableModel } from './portable-model.ts';

/** What `exportFunctional` needs to know beside the model. */
export interface ExportOptions {
  readonly format: KerasFormat;
  /**
   * The file to write, which Keras knows by its ending: `.keras`, or `.h5` or `.hdf5`; for `tfjs` the folder. It must
   * not exist, or be an empty folder.
   */
  readonly out: string;
  /**
   * Becomes the model's first layer, so that the exported model takes float32 RGB pixels in [0, 255]. Without it, the
   * exported model takes what the model takes.
   */
  readonly preprocessing?: Preprocessing;
  /** Names of the classes, which go along with the model. */
  readonly labels?: readonly string[];
  /** What the labels are, if not names of classes. */
  readonly task?: Task;
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
 * @throws {GraftError} `graph`, naming the layer that the format cannot hold; `argument`, if Keras would not know the
 *   file by its name; `file-exists`; `file-write`, with nothing left behind.
 */
export async function exportFunctional(
  model: Functional,
  options: ExportOptions,
): Promise<readonly string[]> {
  const { format, out, preprocessing, labels, task, generatedBy = 'graft', date = new Date() } = options;
  requireEnding(format, out);
  await requireFree(out);
  const portable = portableModel(model, format, preprocessing);
  const note = exportNote(portable, {
    generatedBy,
    takesPixels: preprocessing !== undefined,
    labels,
    task,
  });
  const written = await LAYER_FORMATS[format].write(portable, note, date);
  if (written instanceof Uint8Array) {
    await folderFor(dirname(out));
    await writeWhole(out, written, { replace: false });
    return [out];
  }
  await writeFolder(out, written);
  return [...written.keys()].map((name) => join(out, name));
}

/** @throws {GraftError} `argument`, if the format is known by the ending of the name, and this is another. */
export function requireEnding(format: KerasFormat, out: string): void {
  const { endings } = LAYER_FORMATS[format];
  if (endings.length === 0 || endings.some((ending) => out.endsWith(ending))) return;
  throw new GraftError('argument', {
    where: `"${out}"`,
    expected: `a name that ends in ${endings.join(' or ')}, by which Keras knows the format`,
    received: extname(out) === '' ? 'one without an ending' : `the ending "${extname(out)}"`,
    advice: `Choose a name as ${basename(out, extname(out))}${endings[0]}.`,
  });
}

/** All files of a folder, or none. A file that appears meanwhile is not this export's, and stays. */
async function writeFolder(folder: string, files: ReadonlyMap<string, string | Uint8Array>): Promise<void> {
  const isNew = await folderFor(folder);
  const written: string[] = [];
  try {
    for (const [name, content] of files) {
      await writeWhole(join(folder, name), content, { replace: false });
      written.push(join(folder, name));
    }
  } catch (error) {
    // Written by this call a moment ago: their names are proof.
    for (const file of written) await removeOwnFile(file, NAME_IS_PROOF).catch(() => false);
    if (isNew) await removeEmptyFolder(folder).catch(() => false);
    throw error;
  }
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
