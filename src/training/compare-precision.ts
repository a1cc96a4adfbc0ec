/** @file What an int8 frozen part costs in accuracy: the same trained head on it and on float32. */

import type { Sample } from '../data/sample.ts';
import type { FeatureSet } from './feature-set.ts';
import { createFrozenSession } from './frozen-session.ts';
import type { PictureFeatures } from './picture-features.ts';

export interface PrecisionComparison {
  readonly pictures: number;
  /** Shares that are right. */
  readonly int8: number;
  readonly float32: number;
  /** Share of the pictures that both are right of, or both are wrong of. */
  readonly same: number;
}

/** Pictures that are looked at: enough to see a point of accuracy, few enough to cost little. */
const COMPARED_PICTURES = 200;

/**
 * Compares on some of the pictures, evenly over all.
 *
 * @param answers - Of each picture, whether the trained model is right: 1 or 0.
 */
export async function comparePrecision(
  features: PictureFeatures,
  pictures: readonly Sample[],
  answers: (set: FeatureSet) => Promise<Uint8Array>,
  threads: number | undefined,
): Promise<PrecisionComparison> {
  const count = Math.min(COMPARED_PICTURES, pictures.length);
  const samples = Array.from(
    { length: count },
    (_, index) => pictures[Math.floor((index * pictures.length) / count)]!,
  );
  const int8 = await answers(await features.by(await features.session(), samples));
  const session = await createFrozenSession(features.floatGraph(), threads);
  try {
    const float32 = await answers(await features.by(session, samples));
    return {
      pictures: int8.length,
      int8: shareOf(int8, (right) => right === 1),
      float32: shareOf(float32, (right) => right === 1),
      same: shareOf(int8, (right, index) => right === float32[index]),
    };
  } finally {
    await session.dispose();
  }
}

function shareOf(answers: Uint8Array, counts: (right: number, index: number) => boolean): number {
  return answers.filter(counts).length / answers.length;
}
