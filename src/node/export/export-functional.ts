/** @file Writes a model for Keras or TensorFlow.js. */

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { Task } from '../../recipe/task.ts';
import type { ResizeMode } from '../../vision/images/resize-mode.ts';
import type { Preprocessing } from '../../vision/preprocessing/preprocessing.ts';
import { folderFor, writeWhole } from '../files/write-file.ts';
import { writeExportFolder } from './export-folder.ts';
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
  /** What becomes of an image of another aspect, for whoever prepares images. Default `squash`. */
  readonly resize?: ResizeMode;
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
  const { format, out, preprocessing, labels, task, resize } = options;
  const { generatedBy = 'graft', date = new Date() } = options;
  requireEnding(format, out);
  await requireFree(out);
  const portable = portableModel(model, format, preprocessing);
  const note = exportNote(portable, {
    generatedBy,
    takesPixels: preprocessing !== undefined,
    labels,
    task,
    resize,
  });
  const written = await LAYER_FORMATS[format].write(portable, note, date);
  if (written instanceof Uint8Array) {
    await folderFor(dirname(out));
    await writeWhole(out, written, { replace: false });
    return [out];
  }
  return writeExportFolder(out, written);
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
