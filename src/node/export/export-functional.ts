/** @file Writes a model for Keras, TensorFlow.js or TensorFlow Lite. */

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { Functional } from '../../core/layers/functional.ts';
import { type KerasFormat, LAYER_FORMATS } from '../../export/export-formats.ts';
import { type WriteLayersOptions, type WrittenLayers, writeLayers } from '../../export/write-layers.ts';
import { folderFor, writeWhole } from '../files/write-file.ts';
import { writeExportFolder } from './export-folder.ts';

/** What `exportFunctional` needs to know beside the model. */
export interface ExportOptions extends WriteLayersOptions {
  /**
   * The file to write, which Keras knows by its ending: `.keras`, or `.h5` or `.hdf5`; for `tfjs`, `teachable-machine` and
   * `tflite` the folder. It must not exist, or be an empty folder.
   */
  readonly out: string;
}

/**
 * Writes a model, with its weights, as Keras' `.keras` or `.h5`, as a LayersModel of TensorFlow.js, of which Teachable
 * Machine has a form of its own, or for TensorFlow Lite.
 *
 * For Keras and TensorFlow.js, the layers keep names, options, weights and whether they are trainable. Input: float32 `[N, height, width, 3]`.
 *
 * @returns The files written.
 * @throws {GraftError} `graph`, naming the layer that the format cannot hold; `argument`, if Keras would not know the
 *   file by its name; `file-exists`; `file-write`, with nothing left behind.
 */
export async function exportFunctional(
  model: Functional,
  options: ExportOptions,
): Promise<readonly string[]> {
  const { format, out } = options;
  requireEnding(format, out);
  await requireFree(out);
  return putExport(out, await writeLayers(model, options));
}

/** Writes a file or a folder. @returns The files written. @throws {GraftError} `file-write`, with nothing left behind. */
export async function putExport(out: string, content: WrittenLayers): Promise<readonly string[]> {
  if (!(content instanceof Uint8Array)) return writeExportFolder(out, content);
  await folderFor(dirname(out));
  await writeWhole(out, content, { replace: false });
  return [out];
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
