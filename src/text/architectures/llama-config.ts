/** @file What a Llama's configuration says, whichever file it comes from, and the check of what it claims. */

import { brokenFile } from '../../core/weights/weight-file.ts';
import type { RopeScaling } from './rope-scaling.ts';

/** By KerasHub's names. */
export interface LlamaConfig {
  readonly vocabularySize: number;
  readonly numLayers: number;
  readonly numQueryHeads: number;
  /** Heads of keys and values: a divisor of `numQueryHeads`. */
  readonly numKeyValueHeads: number;
  readonly hiddenDim: number;
  readonly intermediateDim: number;
  /** Width of one head, even. */
  readonly headDim: number;
  /** Longest wave of the rotary embedding. */
  readonly ropeMaxWavelength: number;
  /** How its context was extended. Default it was not. */
  readonly ropeScaling?: RopeScaling | undefined;
  /** Added to the mean of squares. */
  readonly layerNormEpsilon: number;
  /** Whether the embeddings' kernel gives the logits too. */
  readonly tieWordEmbeddings: boolean;
  /** Tokens that the model was trained for at once. */
  readonly maxSequenceLength: number;
}

const MAX_SIZE = 2 ** 24;

/**
 * Checks that sizes are sizes and fit one another.
 *
 * @throws {GraftError} `weights`.
 */
export function checkLlamaConfig(config: LlamaConfig, where: string): LlamaConfig {
  const { numQueryHeads, numKeyValueHeads, headDim, ropeMaxWavelength, layerNormEpsilon } = config;
  for (const [name, size] of Object.entries(config)) {
    if (typeof size !== 'number' || name === 'ropeMaxWavelength' || name === 'layerNormEpsilon') continue;
    if (Number.isInteger(size) && size >= 1 && size <= MAX_SIZE) continue;
    throw brokenFile(where, `${name} from 1 to ${MAX_SIZE}`, String(size));
  }
  if (numQueryHeads % numKeyValueHeads !== 0) {
    const received = `${numQueryHeads} heads and ${numKeyValueHeads}`;
    throw brokenFile(where, 'query heads that are a multiple of the heads of keys', received);
  }
  if (headDim % 2 !== 0) throw brokenFile(where, 'heads of an even width', String(headDim));
  if (!(ropeMaxWavelength > 0 && Number.isFinite(ropeMaxWavelength))) {
    throw brokenFile(where, 'a longest rotary wave above 0', String(ropeMaxWavelength));
  }
  if (!(layerNormEpsilon >= 0 && layerNormEpsilon < 1)) {
    throw brokenFile(where, 'an epsilon from 0 to below 1', String(layerNormEpsilon));
  }
  if (config.ropeScaling !== undefined) checkScaling(config.ropeScaling, where);
  return config;
}

function checkScaling(scaling: RopeScaling, where: string): void {
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = scaling;
  const isPositive = Object.values(scaling).every((value) => Number.isFinite(value) && value > 0);
  if (isPositive && factor >= 1 && highFreqFactor > lowFreqFactor) return;
  const received = [factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings].join(', ');
  throw brokenFile(where, 'a context extended by a factor from 1 on, as in Llama 3', received);
}
