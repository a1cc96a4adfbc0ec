/** @file Where Dropout's masks come from, so that two kinds of step can draw the same ones. */

import type { Random } from '../tensor/random.ts';

export interface DropoutMasks {
  /**
   * The next mask of a layer: each number `1 / (1 - rate)` with probability `1 - rate`, else 0.
   *
   * @param rate - In [0, 1); 0 drops nothing.
   */
  draw(layerName: string, rate: number, count: number): Float32Array;
  /** Goes on as if every layer had drawn so many masks. */
  goTo(draws: number): void;
}

/**
 * Masks from a seed. A mask depends on its layer and number alone, so the order in which layers ask does not matter, and
 * a training can go on in the middle.
 */
export function seededDropoutMasks(random: Random): DropoutMasks {
  const drawn = new Map<string, number>();
  let before = 0;
  return {
    draw(layerName, rate, count) {
      const number = drawn.get(layerName) ?? before;
      drawn.set(layerName, number + 1);
      const stream = random.fork(`dropout/${layerName}/${number}`);
      const mask = new Float32Array(count);
      const kept = 1 / (1 - rate);
      for (let i = 0; i < count; i++) mask[i] = stream.uniform() < rate ? 0 : kept;
      return mask;
    },
    goTo(draws) {
      before = draws;
      drawn.clear();
    },
  };
}
