/** @file What an int8 frozen part costs in accuracy: the same trained head on it and on float32. */

import type { Sample } from '../examples/sample.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { FeatureSet } from './feature-set.ts';
import { createFrozenSession } from './frozen-session.ts';
import type { ImageFeatures } from './image-features.ts';

export interface PrecisionComparison {
  readonly images: number;
  /** Shares that are right. */
  readonly int8: number;
  readonly float32: number;
  /** Fraction of the images that both are right of, or both are wrong of. */
  readonly same: number;
}

/** Images that are looked at: enough to see a point of accuracy, few enough to cost little. */
const COMPARED_IMAGES = 200;

/**
 * Compares on some of the images, evenly over all.
 *
 * @param answers - Of each image, whether the trained model is right: 1 or 0.
 */
export async function comparePrecision(
  features: ImageFeatures,
  images: readonly Sample[],
  answers: (set: FeatureSet) => Promise<Uint8Array>,
  { threads, runtime }: RuntimeOptions & { readonly threads?: number | undefined } = {},
): Promise<PrecisionComparison> {
  const count = Math.min(COMPARED_IMAGES, images.length);
  const samples = Array.from(
    { length: count },
    (_, index) => images[Math.floor((index * images.length) / count)]!,
  );
  const int8 = await answers(await features.by(await features.session(), samples));
  const session = await createFrozenSession(features.floatGraph(), { threads, runtime });
  try {
    const float32 = await answers(await features.by(session, samples));
    return {
      images: int8.length,
      int8: computeFraction(int8, (right) => right === 1),
      float32: computeFraction(float32, (right) => right === 1),
      same: computeFraction(int8, (right, index) => right === float32[index]),
    };
  } finally {
    await session.dispose();
  }
}

function computeFraction(answers: Uint8Array, counts: (right: number, index: number) => boolean): number {
  return answers.filter(counts).length / answers.length;
}
