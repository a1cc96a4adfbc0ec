/** @file Opens a table of texts in the place of a project of images that is empty. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { formatCount } from '../../core/errors/name-list.ts';
import type { AddedFile } from '../engine/project-state.ts';
import type { KeptFiles } from './kept-files.ts';

/**
 * @param project - How many images it has, with those of the bin, and runs; and what takes it away.
 * @throws {GraftError} `argument`, if it is not empty; `dataset`, if it is no table of texts with one class each; `file-write`.
 */
export async function openTable(
  files: KeptFiles,
  { name, bytes }: AddedFile,
  {
    images,
    runs,
    clear,
  }: { readonly images: number; readonly runs: number; readonly clear: () => Promise<void> },
): Promise<void> {
  if (images + runs > 0) {
    throw new GraftError('argument', {
      where: `table "${name}"`,
      expected: 'a project without images and runs',
      received: `one with ${formatCount(images, 'image')} and ${formatCount(runs, 'run')}`,
      advice: 'Save it if you want it again, choose New project, and drop the table once more.',
    });
  }
  const content = new Uint8Array(await bytes.arrayBuffer());
  // Nothing of texts is loaded for images.
  const { keepTable, requireTable } = await import('./kept-table.ts');
  requireTable(name, content);
  await clear();
  await keepTable(files, name, content);
}
