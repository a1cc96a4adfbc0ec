/** @file The nearest training images of an image, as pages see them. */

import { decodeHex } from '../../core/tensor/hex.ts';
import { decodeImageFilter } from '../../vision/images/image-filter.ts';
import type { NeighborImage } from '../engine/run-state.ts';
import type { IndexedImage } from './image-index.ts';
import { rowOf } from './image-rows.ts';

/** Neighbors that are shown. */
const SHOWN = 6;
/** So many are looked for: some of them may be images that the model was not trained on. */
export const ASKED_NEIGHBORS = 24;

/**
 * Those that a model was trained on, as far as its file tells.
 *
 * @param near - The nearest first, hashed.
 * @param hash - Of the image whose neighbors they are: its copies are none.
 * @param trainingImages - As the model file has it.
 */
export function trainingNeighbors(
  near: readonly { readonly image: IndexedImage; readonly distance: number }[],
  hash: string,
  trainingImages: string | undefined,
): NeighborImage[] {
  const filter = trainingImages === undefined ? undefined : decodeImageFilter(trainingImages);
  return near
    .filter(
      ({ image: { hash: own } }) =>
        typeof own === 'string' && own !== hash && (filter === undefined || filter.has(decodeHex(own))),
    )
    .slice(0, SHOWN)
    .map(({ image, distance }) => ({ row: rowOf(image), similarity: 1 - distance }));
}
