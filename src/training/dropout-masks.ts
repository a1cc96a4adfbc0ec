/** @file Where Dropout's masks come from, so that two kinds of step can draw the same ones. */

import type { Random } from '../tensor/random.ts';

export interface DropoutMasks {
  /**
   * The next mask of a layer: each number `1 / (1 - rate)` with probability `1 - rate`, else 0.
   *
   * @param rate - In [0, 1); 0 drops nothing.
   */
  draw(layerName: string, rate: number, count: number): Float32Array;
}

/** Masks from a seed: every layer has a stream of its own, so the order in which layers ask does not matter. */
export function seededDropoutMasks(random: Random): DropoutMasks {
  const streams = new Map<string, Random>();
  return {
    draw(layerName, rate, count) {
      let stream = streams.get(layerName);
      if (stream === undefined) {
        stream = random.fork(`dropout/${layerName}`);
        streams.set(layerName, stream);
      }
      const mask = new Float32Array(count);
      const kept = 1 / (1 - rate);
      for (let i = 0; i < count; i++) mask[i] = stream.uniform() < rate ? 0 : kept;
      return mask;
    },
  };
}
