/** @file Which images of a set a model was trained on, as far as the filter in its file tells. */

import { poissonTail } from '../core/evaluation/poisson-tail.ts';
import { type ContentHashes, HASH_BYTES, hashAt, isHashed } from '../core/examples/content-hashes.ts';
import type { ImageFilter } from '../vision/images/image-filter.ts';

export interface TrainedImages {
  /** Positions of those that the filter finds; of a large training, some by mistake. */
  readonly positions: ReadonlySet<number>;
  /** How many it would find by mistake if the model were trained on none of them. */
  readonly expectedByChance: number;
  /** How many of them the model was trained on, about: what is found, less the mistakes. */
  readonly estimate: number;
  /** Whether more are found than mistakes explain. */
  readonly isBeyondChance: boolean;
}

/** So rarely is a set accused that the model was not trained on. */
const SIGNIFICANCE = 1e-4;

/** @param hashes - Of all images of the set; zeros for those that cannot be read. */
export function findTrainedImages(
  filter: ImageFilter,
  { hashes }: Pick<ContentHashes, 'hashes'>,
): TrainedImages {
  const positions = new Set<number>();
  let checked = 0;
  for (let position = 0; position < hashes.length / HASH_BYTES; position++) {
    if (!isHashed(hashes, position)) continue;
    checked++;
    if (filter.has(hashAt({ hashes }, position))) positions.add(position);
  }
  const { falsePositiveRate } = filter;
  const found = positions.size;
  const expectedByChance = checked * falsePositiveRate;
  return {
    positions,
    expectedByChance,
    estimate: Math.max(0, (found - expectedByChance) / (1 - falsePositiveRate)),
    isBeyondChance: found > 0 && poissonTail(found, expectedByChance) < SIGNIFICANCE,
  };
}
