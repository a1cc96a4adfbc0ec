/** @file What an int8 frozen part costs in accuracy: the same trained head on it and on float32. */

import type { Example } from '../examples/example.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { FeatureSet } from './feature-set.ts';
import { createFrozenSession } from './frozen-session.ts';
import type { TrainingFeatures } from './training-features.ts';

export interface PrecisionComparison {
  readonly images: number;
  /** Fractions that are right. */
  readonly int8: number;
  readonly float32: number;
  /** Fraction of the examples that both are right of, or both are wrong of. */
  readonly same: number;
}

/** Examples that are looked at: enough to see a point of accuracy, few enough to cost little. */
const COMPARED_EXAMPLES = 200;

/**
 * Compares on some of the examples, evenly over all.
 *
 * @param measure - Of each example, whether the trained model is right: 1 or 0.
 */
export async function comparePrecision(
  features: TrainingFeatures,
  examples: readonly Example[],
  measure: (set: FeatureSet) => Promise<Uint8Array>,
  { threads, runtime }: RuntimeOptions & { readonly threads?: number | undefined } = {},
): Promise<PrecisionComparison> {
  const count = Math.min(COMPARED_EXAMPLES, examples.length);
  const compared = Array.from(
    { length: count },
    (_, index) => examples[Math.floor((index * examples.length) / count)]!,
  );
  const int8 = await measure(await features.by(await features.session(), compared));
  const session = await createFrozenSession(features.floatGraph(), { threads, runtime });
  try {
    const float32 = await measure(await features.by(session, compared));
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

function computeFraction(right: Uint8Array, counts: (right: number, index: number) => boolean): number {
  return right.filter(counts).length / right.length;
}
