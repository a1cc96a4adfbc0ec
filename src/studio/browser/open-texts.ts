/** @file Opens a table or class folders of texts in the place of a project of images that is empty. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { formatCount } from '../../core/errors/name-list.ts';
import type { AddedFile, FilesOfClass } from '../engine/project-state.ts';
import type { KeptFiles } from './kept-files.ts';

/** Of all texts: a page that takes too much memory is ended by its browser, without a word. */
const MAX_BYTES = 128e6;
/** Of a table. */
const MAX_LINES = 2_000_000;
const LINE_FEED = 0x0a;

/** A project of images that gives its place. */
export interface ProjectBefore {
  readonly images: number;
  readonly runs: number;
  readonly clear: () => Promise<void>;
}

/**
 * @param project - How many images it has, with those of the bin, and runs; and what takes it away.
 * @throws {GraftError} `argument`, if it is not empty; `dataset`, if it is no table of texts with one class each; `file-write`.
 */
export async function openTable(
  files: KeptFiles,
  { name, bytes }: AddedFile,
  project: ProjectBefore,
): Promise<void> {
  requireEmpty(`table "${name}"`, project);
  requireSize(`table "${name}"`, bytes.size);
  const content = new Uint8Array(await bytes.arrayBuffer());
  requireLines(name, content);
  // Nothing of texts is loaded for images.
  const { keepTable, requireTable } = await import('./kept-table.ts');
  requireTable(name, content);
  await project.clear();
  await keepTable(files, name, content);
}

/** @throws {GraftError} `argument`, if the project is not empty; `dataset`, if there is no text; `file-write`. */
export async function openTexts(
  files: KeptFiles,
  folders: readonly FilesOfClass[],
  project: ProjectBefore,
): Promise<void> {
  requireEmpty('text folders', project);
  const sizes = folders.flatMap(({ files: own }) => own.map(({ bytes }) => bytes.size));
  requireSize(
    'text folders',
    sizes.reduce((sum, size) => sum + size, 0),
  );
  const { keepFolders, requireTexts } = await import('./folder-texts.ts');
  await requireTexts(folders);
  await project.clear();
  await keepFolders(files, folders);
}

function requireEmpty(where: string, { images, runs }: ProjectBefore): void {
  if (images + runs === 0) return;
  throw new GraftError('argument', {
    where,
    expected: 'a project without images and runs',
    received: `one with ${formatCount(images, 'image')} and ${formatCount(runs, 'run')}`,
    advice: 'Save it if you want it again, choose New project, and drop it once more.',
  });
}

/** @throws {GraftError} `dataset`. */
export function requireSize(where: string, bytes: number): void {
  if (bytes > MAX_BYTES) throw tooLarge(where, `${MAX_BYTES / 1e6} MB`, `${Math.ceil(bytes / 1e6)} MB`);
}

/** @throws {GraftError} `dataset`. */
export function requireLines(name: string, content: Uint8Array, most: number = MAX_LINES): void {
  let lines = 0;
  for (let at = content.indexOf(LINE_FEED); at >= 0; at = content.indexOf(LINE_FEED, at + 1)) lines++;
  if (lines > most) throw tooLarge(`table "${name}"`, formatCount(most, 'line'), String(lines));
}

function tooLarge(where: string, most: string, received: string): GraftError {
  return new GraftError('dataset', {
    where,
    expected: `at most ${most}, as much as a page can hold`,
    received,
    advice: 'Open it with graft studio on a machine, or split it.',
  });
}
