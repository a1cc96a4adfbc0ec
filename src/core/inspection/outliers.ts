/** @file Examples that are like no other: far from their k-th nearest neighbor. */

import type { NearestRows } from './nearest-rows.ts';

/** An example that is like no other. */
export interface Outlier {
  readonly row: number;
  /** Cosine distance to the k-th nearest neighbor, 0 to 2. */
  readonly score: number;
}

/** Deviations above the median, of the logarithms: distances are skewed. As of a normal distribution, one in 700 is farther. */
const DEVIATIONS = 3;
const NORMAL_MAD = 1.4826;
/** Nearer is as good as equal. */
const MIN_DISTANCE = 1e-3;
/** Where nearly all are equally far, small differences make no outlier. */
const MIN_DEVIATION = 0.1;
/** Among fewer examples, none is strange. */
const MIN_EXAMPLES = 20;

/**
 * The examples whose distance stands out from all others', the farthest first.
 *
 * @see Kuan, Mueller, Back to the Basics: Revisiting Out-of-Distribution Detection Baselines, 2022
 */
export function findOutliers({ k, cosines }: NearestRows): Outlier[] {
  if (k === 0 || cosines.length / k < MIN_EXAMPLES) return [];
  const scores = Float64Array.from({ length: cosines.length / k }, (_, row) => 1 - cosines[row * k + k - 1]!);
  const logarithms = scores.map((score) => Math.log(Math.max(score, MIN_DISTANCE)));
  const median = medianOf(logarithms);
  const deviation = medianOf(logarithms.map((value) => Math.abs(value - median))) * NORMAL_MAD;
  const limit = Math.exp(median + DEVIATIONS * Math.max(deviation, MIN_DEVIATION));
  return [...scores.entries()]
    .flatMap(([row, score]) => (score > limit ? { row, score } : []))
    .sort((a, b) => b.score - a.score || a.row - b.row);
}

function medianOf(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
