/** @file Where things lie among the files that the browser keeps. */

export const JOURNAL = 'journal.jsonl';
export const IMAGES = 'images';
export const THUMBNAILS = 'thumbnails';
export const RUNS = 'runs';
/** What is made to be downloaded. */
export const SAVED = 'saved';

/** All that a project has. */
export const ALL_PLACES: readonly string[] = [JOURNAL, IMAGES, THUMBNAILS, RUNS, SAVED];

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

/** The page of a run's model, as an archive. */
export function pagePlace(run: string): string {
  return `${SAVED}/${run}-web.zip`;
}
