/** @file What a model's outputs on a set are worth, by what is learnt. */

import { ClassificationTally, rightAnswers } from '../evaluation/classification-figures.ts';
import { multiLabelFigures } from '../evaluation/multi-label-figures.ts';
import { regressionFigures } from '../evaluation/regression-figures.ts';
import type { FeatureSet } from './feature-set.ts';
import { predictAll, predictions } from './measure.ts';
import type { TargetScale } from './target-scale.ts';
import { probabilitiesOf, sigmoidsOf } from './targets.ts';
import type { FiguresOf, Task } from './task.ts';
import type { TrainingStep } from './training-step.ts';

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

/** Measures the present weights of a step on a set, dropout off. */
export async function judge(
  step: TrainingStep,
  set: FeatureSet,
  { task, names, scale }: JudgeOptions,
): Promise<Judgement> {
  if (task === 'single-label') return judgeClasses(step, set, names);
  const logits = await predictAll(step, set);
  const right = new Uint8Array(0);
  const wanted = set.targets?.values ?? new Float32Array(0);
  if (task === 'multi-label') return { figures: multiLabelFigures(sigmoidsOf(logits), wanted, names), right };
  const inUnits = (values: Float32Array): Float32Array => scale?.inUnits(values) ?? values;
  return { figures: regressionFigures(inUnits(logits), inUnits(wanted), names), right };
}

/** A number for each of a thousand classes, for each of a million pictures, would be 4 GB: they are counted as they come. */
async function judgeClasses(
  step: TrainingStep,
  set: FeatureSet,
  names: readonly string[],
): Promise<Judgement<'single-label'>> {
  const tally = new ClassificationTally(names);
  const right = new Uint8Array(set.size);
  for await (const { rows, logits } of predictions(step, set)) {
    const probabilities = probabilitiesOf(logits, logits.length / rows.length);
    const labels = Uint16Array.from(rows, (row) => set.labels[row]!);
    tally.add(probabilities, labels);
    right.set(rightAnswers(probabilities, labels, names.length), rows[0]!);
  }
  return { figures: tally.figures(), right };
}
