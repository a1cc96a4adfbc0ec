/** @file What a GPT-2's configuration says, whichever file it comes from, and the check of what it claims. */

import { brokenFile } from '../../core/weights/weight-file.ts';

/** By KerasHub's names. */
export interface Gpt2Config {
  readonly vocabularySize: number;
  readonly numLayers: number;
  readonly numHeads: number;
  /** A multiple of `numHeads`. */
  readonly hiddenDim: number;
  readonly intermediateDim: number;
  /** Added to the variance. */
  readonly layerNormEpsilon: number;
  /** How many positions have an embedding. */
  readonly maxSequenceLength: number;
}

const MAX_SIZE = 2 ** 24;

/**
 * Checks that sizes are sizes and fit one another.
 *
 * @throws {GraftError} `weights`.
 */
export function checkGpt2Config(config: Gpt2Config, where: string): Gpt2Config {
  const { numHeads, hiddenDim, layerNormEpsilon, ...others } = config;
  for (const [name, size] of Object.entries({ numHeads, hiddenDim, ...others })) {
    if (Number.isInteger(size) && size >= 1 && size <= MAX_SIZE) continue;
    throw brokenFile(where, `${name} from 1 to ${MAX_SIZE}`, String(size));
  }
  if (hiddenDim % numHeads !== 0) {
    throw brokenFile(where, `a width that is a multiple of ${numHeads} heads`, String(hiddenDim));
  }
  if (!(layerNormEpsilon >= 0 && layerNormEpsilon < 1)) {
    throw brokenFile(where, 'an epsilon from 0 to below 1', String(layerNormEpsilon));
  }
  return config;
}
