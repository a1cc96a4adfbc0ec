/** @file What a linear head learns of labels by cross-validation: which are likely wrong, what is confused, what more would bring. */

import type { Sample } from '../examples/sample.ts';
import { dealGroups } from '../examples/splits/deal-samples.ts';
import { groupSamples } from '../examples/splits/sample-groups.ts';
import { createRandom } from '../tensor/random.ts';
import { findLabelIssues, type LabelIssue } from './confident-learning.ts';
import { type LearningCurve, learningCurve } from './learning-curve.ts';
import { NO_FOLD, predictedClasses, predictOutOfFold } from './out-of-fold.ts';
import type { RowProductsOptions } from './row-products.ts';
import type { RowSource } from './row-source.ts';

export interface AssessOptions extends RowProductsOptions {
  readonly samples: readonly Sample[];
  readonly numClasses: number;
  /** Samples that stay in one fold: copies, and groups. */
  readonly together: readonly (readonly Sample[])[];
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onPass?: (() => void) | undefined;
}

export interface LabelAssessment {
  readonly issues: readonly LabelIssue[];
  /** `[numClasses, numClasses]`: true, then predicted. */
  readonly confusion: readonly (readonly number[])[];
  readonly curve: LearningCurve;
  /** Classes with too few examples to learn them. */
  readonly leftOut: readonly number[];
}

const FOLDS = 5;
const MIN_FOLDS = 2;
/** Of fewer examples nothing is learned. */
const MIN_EXAMPLES = 10;
const FRACTIONS = [0.12, 0.25, 0.5];

/**
 * Assesses labels.
 *
 * @param features - One row for each sample.
 * @returns Undefined where there are fewer than two classes with at least two examples each, or fewer than 10 examples.
 * @throws The signal's reason.
 */
export async function assessLabels(
  features: RowSource,
  options: AssessOptions,
): Promise<LabelAssessment | undefined> {
  const { samples, numClasses, together, seed } = options;
  const { groups } = groupSamples(samples, undefined, together);
  const groupsOfClass = new Array<number>(numClasses).fill(0);
  for (const group of groups)
    for (const label of new Set(group.samples.map((each) => each.label))) groupsOfClass[label]!++;
  const kept = groupsOfClass.flatMap((count, label) => (count >= MIN_FOLDS ? label : []));
  const usable = samples.filter(({ label }) => groupsOfClass[label]! >= MIN_FOLDS);
  if (kept.length < 2 || usable.length < MIN_EXAMPLES) return undefined;
  const folds = Math.min(FOLDS, ...kept.map((label) => groupsOfClass[label]!));
  const sides = dealGroups(groups, new Array<number>(folds).fill(1 / folds), createRandom(seed));
  const sideOf = new Map<Sample, number>();
  groups.forEach((group, index) => {
    for (const sample of group.samples) sideOf.set(sample, sides[index]!);
  });
  const place = new Map(kept.map((label, index) => [label, index]));
  const labels = Uint32Array.from(samples, ({ label }) => place.get(label) ?? 0);
  const foldOf = Uint8Array.from(samples, (sample) =>
    place.has(sample.label) ? sideOf.get(sample)! : NO_FOLD,
  );
  const counted = foldOf.map((fold) => (fold === NO_FOLD ? 0 : 1));
  const rows = [...counted.keys()].filter((row) => counted[row] === 1);
  const own = kept.length;
  const issuesBy = (probabilities: Float64Array): LabelIssue[] => {
    const some = new Float64Array(rows.length * own);
    rows.forEach((row, index) => {
      some.set(probabilities.subarray(row * own, (row + 1) * own), index * own);
    });
    const given = Uint32Array.from(rows, (row) => labels[row]!);
    const found = findLabelIssues({ labels: given, probabilities: some, numClasses: own });
    return found.map((issue) => ({ ...issue, row: rows[issue.row]! }));
  };
  const { probabilities, cleaned, parts } = await predictOutOfFold(features, {
    ...options,
    labels,
    numClasses: own,
    foldOf,
    folds,
    fractions: FRACTIONS,
    suspects: (first) => issuesBy(first).map(({ row }) => row),
  });
  const issues = issuesBy(cleaned);
  const confusion = groupsOfClass.map(() => new Array<number>(numClasses).fill(0));
  const predicted = predictedClasses(probabilities, own);
  for (const row of rows) confusion[samples[row]!.label]![kept[predicted[row]!]!]!++;
  return {
    issues: issues.map((issue) => ({ ...issue, suggested: kept[issue.suggested]! })),
    confusion,
    curve: learningCurve(parts, counted, { seed }),
    leftOut: groupsOfClass.flatMap((count, label) => (count > 0 && count < MIN_FOLDS ? label : [])),
  };
}
