/** @file Opens what a person names: a folder of images, a folder of texts, or a table of texts. */

import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { findModality } from '../../node/training/find-modality.ts';
import { FileTableProject } from './file-table-project.ts';
import { FolderProject } from './folder-project.ts';
import type { StudioProject } from './studio-project.ts';

const TABLES = ['.csv', '.tsv', '.jsonl', '.ndjson'];

/**
 * Opens a project; what is not there becomes a folder of images.
 *
 * @param onChange - Hears that its state is another.
 * @throws {GraftError} `file-not-found`, if it is a table that is not there; `dataset`, if it is neither; as `FolderProject.open` and `FileTableProject.open`.
 */
export async function openProject(path: string, onChange: () => void): Promise<StudioProject> {
  const found = await stat(path).catch(() => undefined);
  // Who names a table means no new folder.
  if (found === undefined && TABLES.includes(extname(path).toLowerCase())) {
    throw new GraftError('file-not-found', {
      where: `project "${path}"`,
      expected: 'a table of texts',
      received: 'nothing of that name',
      advice: 'Check the path.',
    });
  }
  const modality = await findModality(path);
  if (found?.isFile()) {
    if (modality === 'text') return FileTableProject.open(path, onChange);
    throw new GraftError('dataset', {
      where: `project "${path}"`,
      expected: 'a folder with one folder for each class, or a table of texts (.csv, .tsv, .jsonl)',
      received: 'another file',
      advice: 'Give the folder that holds the class folders, or a new one.',
    });
  }
  return FolderProject.open(path, onChange, modality === 'text' ? 'texts' : 'images');
}
