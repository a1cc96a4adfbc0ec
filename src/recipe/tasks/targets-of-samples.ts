/** @file The targets of samples in one row after another. */

import type { Sample } from '../../core/examples/sample.ts';

/** @param width - Numbers in each target. @returns `[N, width]`, row-major. */
export function targetsOfSamples(samples: readonly Sample[], width: number): Float32Array {
  const targets = new Float32Array(samples.length * width);
  samples.forEach(({ target }, row) => {
    targets.set(target!, row * width);
  });
  return targets;
}
