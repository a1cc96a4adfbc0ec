/** @file Where things lie among the files that the browser keeps. */

import { exportName, type StudioFormat } from '../engine/export-kinds.ts';

export const JOURNAL = 'journal.jsonl';
export const IMAGES = 'images';
export const THUMBNAILS = 'thumbnails';
export const RUNS = 'runs';
/** What is made to be downloaded. */
export const SAVED = 'saved';

/** A table of texts as it was opened, and what it is called. */
export const TABLE = 'table';
export const TABLE_NAME = 'table.json';

/** Where it is, the project is one of class folders of texts. */
export const TEXT_FOLDERS = 'text-folders.json';

/** All that a project has. What tells its kind goes first: without it, there is no project of that kind. */
export const ALL_PLACES: readonly string[] = [
  TABLE_NAME,
  TEXT_FOLDERS,
  TABLE,
  JOURNAL,
  IMAGES,
  THUMBNAILS,
  RUNS,
  SAVED,
];

/** The table as it was edited. */
export const SAVED_TABLE: string = `${SAVED}/table`;

/** The archive of the project. */
export const ARCHIVE: string = `${SAVED}/project.zip`;

/** An image, by the SHA-256 of its file. */
export function imagePlace(hash: string): string {
  return `${IMAGES}/${hash}`;
}

/** A small picture of an image. */
export function thumbnailPlace(hash: string): string {
  return `${THUMBNAILS}/${hash}`;
}

/** A run's model file. */
export function modelPlace(run: string): string {
  return `${RUNS}/${run}/model.onnx`;
}

/** An export of a run's model. */
export function exportPlace(run: string, format: StudioFormat): string {
  return `${SAVED}/${exportName(run, format)}`;
}
