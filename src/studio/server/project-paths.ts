/** @file Where things lie in a project's folder: the studio's own are in `.graft`, which no scan of images looks into. */

import { join, sep } from 'node:path';
import { OWN_FOLDER } from '../project/project-place.ts';

export const JOURNAL_FILE = 'journal.jsonl';
export const JOURNAL: string = `${OWN_FOLDER}/${JOURNAL_FILE}`;

/** In the studio's own folder. */
export const STUDIO_LOCK = 'studio.lock';

/** The path of a file by its path below the project, which has `/` on any machine. */
export function resolvePlace(root: string, path: string): string {
  return join(root, ...path.split('/'));
}

/** A path below the project with `/`. */
export function withSlashes(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/');
}
