/** @file How much better more data make a model: measured on parts of the data, and carried on to twice as many. */

import { wilsonInterval } from '../evaluation/wilson-interval.ts';
import { createRandom } from '../tensor/random.ts';

/** A point of the curve. */
export interface CurvePoint {
  /** Of the training examples. */
  readonly fraction: number;
  /** That each fold trained on. */
  readonly examples: number;
  readonly accuracy: number;
  /** 95%, Wilson's. */
  readonly interval: readonly [number, number];
}

/** What twice as many examples would bring, if the curve goes on as it did. */
export interface Forecast {
  readonly examples: number;
  readonly accuracy: number;
  /** 95%, by resampling the examples; that of the last point, where it has no error. */
  readonly interval: readonly [number, number];
}

export interface LearningCurve {
  readonly points: readonly CurvePoint[];
  /** Null where there are too few points to tell. */
  readonly doubled: Forecast | null;
}

/** What was predicted with some of the training examples. */
export interface CurvePart {
  readonly fraction: number;
  readonly examples: number;
  /** `[N]`: 1 where the prediction is right. */
  readonly right: Uint8Array;
}

const RESAMPLINGS = 400;
const MIN_POINTS = 3;

/**
 * The error of a power law, `a examples^-b`, fitted to the points of the curve on logarithmic scales.
 *
 * @param counted - `[N]`: 1 for each example that was predicted at all.
 * @see Hestness et al., Deep Learning Scaling is Predictable, Empirically, 2017
 */
export function learningCurve(
  parts: readonly CurvePart[],
  counted: Uint8Array,
  { seed }: { readonly seed: number },
): LearningCurve {
  const rows = [...counted.keys()].filter((row) => counted[row] === 1);
  const points = parts.map(({ fraction, examples, right }): CurvePoint => {
    const count = rows.reduce((sum, row) => sum + right[row]!, 0);
    return {
      fraction,
      examples,
      accuracy: count / rows.length,
      interval: wilsonInterval(count, rows.length),
    };
  });
  const distinct = new Set(parts.map(({ examples }) => examples)).size;
  if (distinct < MIN_POINTS || rows.length === 0) return { points, doubled: null };
  const last = points.at(-1)!;
  const examples = 2 * last.examples;
  // Without an error, nothing tells how errors fall.
  if (last.accuracy === 1) return { points, doubled: { examples, accuracy: 1, interval: last.interval } };
  const forecastOf = (drawn: ArrayLike<number>): number => forecast(parts, drawn);
  const random = createRandom(seed);
  const resampled = Array.from({ length: RESAMPLINGS }, () =>
    forecastOf(Uint32Array.from(rows, () => rows[random.integer(rows.length)]!)),
  ).sort((a, b) => a - b);
  const at = (quantile: number): number => resampled[Math.floor(quantile * (RESAMPLINGS - 1))]!;
  return {
    points,
    doubled: {
      examples,
      accuracy: forecastOf(rows),
      interval: [at(0.025), at(0.975)],
    },
  };
}

/** Accuracy with twice the examples of the last part, by least squares; it never falls. */
function forecast(parts: readonly CurvePart[], rows: ArrayLike<number>): number {
  const points = parts.map(({ examples, right }) => {
    let wrong = 0;
    for (let i = 0; i < rows.length; i++) wrong += 1 - right[rows[i]!]!;
    // No error at all is as good as half of one.
    return { x: Math.log(examples), y: Math.log(Math.max(0.5, wrong) / rows.length) };
  });
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const last = points.at(-1)!;
  return 1 - Math.exp(last.y + Math.min(0, slope) * Math.log(2));
}
