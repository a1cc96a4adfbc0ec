/**
 * @file Rotary embeddings whose context was extended, as in Llama 3: slow waves are made slower, fast ones stay.
 * @see https://arxiv.org/abs/2407.21783
 */

/** By the names of transformers, in camel case. */
export interface RopeScaling {
  /** How much slower the slowest waves become, >= 1. */
  readonly factor: number;
  /** Waves longer than `originalMaxPositionEmbeddings / lowFreqFactor` tokens become slower by the whole factor. */
  readonly lowFreqFactor: number;
  /** Those shorter than `originalMaxPositionEmbeddings / highFreqFactor` stay. */
  readonly highFreqFactor: number;
  /** Tokens that the model was trained for at first. */
  readonly originalMaxPositionEmbeddings: number;
}

/** What all published models of Llama 3 have but for the factor. */
export const LLAMA3_SCALING: Omit<RopeScaling, 'factor'> = {
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalMaxPositionEmbeddings: 8192,
};

/**
 * By what the frequency of every pair of numbers is divided, `headDim / 2` numbers from 1 to the factor.
 *
 * @param maxWavelength - The base of the rotary embedding.
 */
export function frequencyDivisors(
  { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings }: RopeScaling,
  headDim: number,
  maxWavelength: number,
): number[] {
  const half = headDim / 2;
  return Array.from({ length: half }, (_, i) => {
    const waveTokens = 2 * Math.PI * maxWavelength ** (i / half);
    const turns = originalMaxPositionEmbeddings / waveTokens;
    if (turns > highFreqFactor) return 1;
    if (turns < lowFreqFactor) return factor;
    const smooth = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}
