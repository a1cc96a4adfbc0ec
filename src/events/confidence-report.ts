/** @file How sure a model is, and whether rightly, as plain data in reports. */

import type { AnyModelInfo } from '../artifacts/model-info.ts';
import { findConfidence } from '../artifacts/prediction.ts';
import { type Calibration, computeCalibration } from '../core/evaluation/calibration.ts';
import type { Sample } from '../core/examples/sample.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import type { ConfidenceFacts, RejectedExamples } from '../runs/confidence/confidence.ts';

/** On a set of examples. */
export interface EvaluatedConfidence {
  /** Expected calibration error and its bins; null where there are no probabilities of classes. */
  readonly calibration: Calibration | null;
  /** How many are called unknown; null where the model's file does not tell. */
  readonly unknown: (RejectedExamples & { readonly threshold: number }) | null;
}

/** At the end of a training: what the model's file says, without the scores of prediction sets. */
export type TrainedConfidence = Omit<ConfidenceFacts, 'conformal'> & {
  readonly conformal?: { readonly examples: number } | undefined;
};

/** @param measured - `predictions` and `similarities` of the samples, row by row. */
export function confidenceReport(
  info: AnyModelInfo,
  {
    predictions,
    similarities,
    samples,
  }: {
    readonly predictions: Float32Array;
    readonly similarities: Float32Array | undefined;
    readonly samples: readonly Sample[];
  },
): EvaluatedConfidence {
  const threshold = findConfidence(info).unknown?.threshold;
  const rejected =
    threshold === undefined || similarities === undefined
      ? undefined
      : similarities.reduce((sum, similarity) => sum + Number(similarity < threshold), 0);
  return {
    calibration: calibrationOf(info, predictions, samples),
    unknown: rejected === undefined ? null : { examples: samples.length, rejected, threshold: threshold! },
  };
}

/**
 * How well probabilities say how often they are right: of classes that of the predicted one, of labels each of them on each example, that it
 * has the label or that it has not.
 *
 * @param outputs - `[N, classes]`
 * @returns Null for values.
 */
export function calibrationOf(
  info: AnyModelInfo,
  outputs: Float32Array,
  samples: readonly Sample[],
): Calibration | null {
  const { targets } = taskNamed<Task>(info.task);
  if (targets === 'values') return null;
  if (targets === 'class')
    return computeCalibration(
      outputs,
      samples.map(({ label }) => label),
    );
  const both = new Float32Array(outputs.length * 2);
  outputs.forEach((probability, index) => {
    both[2 * index] = 1 - probability;
    both[2 * index + 1] = probability;
  });
  return computeCalibration(
    both,
    samples.flatMap(({ target }) => Array.from(target!, (value) => Number(value > 0.5))),
  );
}

export function trainedConfidence(confidence: ConfidenceFacts | undefined): TrainedConfidence | undefined {
  if (confidence === undefined) return undefined;
  const { calibration, unknown, decision, conformal } = confidence;
  return { calibration, unknown, decision, conformal: conformal && { examples: conformal.examples } };
}
