/** @file What every threshold of a class would give, on the images of a project that a model has not seen. */

import { thresholdCurves } from '../../core/evaluation/threshold-curves.ts';
import type { ThresholdChoice } from '../engine/run-state.ts';
import type { IndexedImage } from './image-index.ts';
import type { Judge } from './run-judgments.ts';

/** More cannot be told apart in a drawing. */
const MAX_POINTS = 400;

/** By the labels that the images have now. @param judge - Undefined where the model was not asked. */
export function thresholdChoice(
  images: readonly IndexedImage[],
  judge: Judge | undefined,
  className: string,
): ThresholdChoice {
  const scores: number[] = [];
  const isPositive: boolean[] = [];
  for (const image of images) {
    if (judge === undefined || image.className === null || !judge.classNames.includes(image.className))
      continue;
    if (judge.of(image)?.isTrained !== false) continue;
    scores.push(judge.probability(image, className));
    isPositive.push(image.className === className);
  }
  const positives = isPositive.filter(Boolean).length;
  const curves = thresholdCurves(scores, isPositive);
  return {
    className,
    positives,
    negatives: scores.length - positives,
    points: thinned(curves?.points ?? []),
    auc: curves?.auc ?? null,
    averagePrecision: curves?.averagePrecision ?? null,
  };
}

function thinned<T>(points: readonly T[]): readonly T[] {
  const step = Math.ceil(points.length / MAX_POINTS);
  return points.filter((_, index) => index % step === 0 || index === points.length - 1);
}
