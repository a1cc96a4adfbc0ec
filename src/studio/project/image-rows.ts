/** @file Images of the index as pages see them: never by a path. */

import type { ImageRow } from '../engine/project-state.ts';
import type { IndexedImage } from './image-index.ts';
import { lastName } from './project-place.ts';

/** @param told - What is said of it beside. */
export function rowOf(
  { id, hash = null, path, className, part, text }: IndexedImage,
  told: Pick<ImageRow, 'prediction' | 'finding'> = {},
): ImageRow {
  return { id, hash, text, name: lastName(path), className, part, ...told };
}
