/** @file What a model's outputs on a set are worth, by what is learnt. */

import { classificationFigures, rightAnswers } from '../evaluation/classification-figures.ts';
import { multiLabelFigures } from '../evaluation/multi-label-figures.ts';
import { regressionFigures } from '../evaluation/regression-figures.ts';
import type { FeatureSet } from './feature-set.ts';
import type { TargetScale } from './target-scale.ts';
import { probabilitiesOf, sigmoidsOf } from './targets.ts';
import type { FiguresOf, Task } from './task.ts';

export interface Judgement<T extends Task = Task> {
  readonly figures: FiguresOf[T];
  /** Of every picture, whether its class is right: 1 or 0. Empty where there are no classes. */
  readonly right: Uint8Array;
}

export interface JudgeOptions {
  readonly task: Task;
  /** Of classes, labels or numbers. */
  readonly names: readonly string[];
  /** Of numbers, if they were learnt in another unit than their own. */
  readonly scale: TargetScale | undefined;
}

/**
 * Compares outputs with what is right.
 *
 * @param logits - Of all rows, `[size, K]`, before the last activation.
 */
export function judge(
  logits: Float32Array,
  { labels, targets, size }: Pick<FeatureSet, 'labels' | 'targets' | 'size'>,
  { task, names, scale }: JudgeOptions,
): Judgement {
  const right = new Uint8Array(0);
  if (task === 'single-label') {
    const probabilities = probabilitiesOf(logits, logits.length / size);
    return {
      figures: classificationFigures(probabilities, labels, names),
      right: rightAnswers(probabilities, labels, names.length),
    };
  }
  const wanted = targets?.values ?? new Float32Array(0);
  if (task === 'multi-label') return { figures: multiLabelFigures(sigmoidsOf(logits), wanted, names), right };
  const inUnits = (values: Float32Array): Float32Array => scale?.inUnits(values) ?? values;
  return { figures: regressionFigures(inUnits(logits), inUnits(wanted), names), right };
}
