/** @file What a model's outputs on a set are worth, by what is learned. */

import { ClassificationTally, correctPredictions } from '../evaluation/classification-report.ts';
import { multiLabelReport } from '../evaluation/multi-label-report.ts';
import { regressionReport } from '../evaluation/regression-report.ts';
import type { FeatureSet } from '../features/feature-set.ts';
import { predictAll, predictions } from '../fit/measure.ts';
import type { TargetScale } from '../fit/target-scale.ts';
import { computeProbabilities, computeSigmoids } from '../fit/targets.ts';
import type { ReportOf, Task } from '../recipe/task.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { TrainingStep } from '../steps/training-step.ts';

export interface SetEvaluation<T extends Task = Task> {
  readonly metrics: ReportOf[T];
  /** Of every image, whether its class is right: 1 or 0. Empty where there are no classes. */
  readonly right: Uint8Array;
}

export interface EvaluateOptions extends RuntimeOptions {
  readonly task: Task;
  /** Of classes, labels or numbers. */
  readonly names: readonly string[];
  /** Of numbers, if they were learned in another unit than their own. */
  readonly scale: TargetScale | undefined;
}

/** Measures the present weights of a step on a set, dropout off. */
export async function evaluate(
  step: TrainingStep,
  set: FeatureSet,
  { task, names, scale, runtime }: EvaluateOptions,
): Promise<SetEvaluation> {
  if (task === 'single-label') return evaluateClasses(step, set, names, { runtime });
  const logits = await predictAll(step, set, { runtime });
  const right = new Uint8Array(0);
  const wanted = set.targets?.values ?? new Float32Array(0);
  if (task === 'multi-label')
    return { metrics: multiLabelReport(computeSigmoids(logits), wanted, names), right };
  const inUnits = (values: Float32Array): Float32Array => scale?.inUnits(values) ?? values;
  return { metrics: regressionReport(inUnits(logits), inUnits(wanted), names), right };
}

/** A number for each of a thousand classes, for each of a million images, would be 4 GB: they are counted as they come. */
async function evaluateClasses(
  step: TrainingStep,
  set: FeatureSet,
  names: readonly string[],
  options: RuntimeOptions,
): Promise<SetEvaluation<'single-label'>> {
  const tally = new ClassificationTally(names);
  const right = new Uint8Array(set.size);
  for await (const { rows, logits } of predictions(step, set, options)) {
    const probabilities = computeProbabilities(logits, logits.length / rows.length);
    const labels = Uint16Array.from(rows, (row) => set.labels[row]!);
    tally.add(probabilities, labels);
    right.set(correctPredictions(probabilities, labels, names.length), rows[0]!);
  }
  return { metrics: tally.metrics(), right };
}
