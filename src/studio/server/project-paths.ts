/** @file Where things lie in a project's folder: the studio's own are in `.graft`, which no scan of images looks into. */

import { join, sep } from 'node:path';

/** The studio's own folder in a project. */
export const OWN_FOLDER = '.graft';

/** Where images go that are taken out, by the path that they had. */
export const BIN: string = `${OWN_FOLDER}/bin`;

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

/** The last part of a path with `/`. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
