/** @file How sure a model is, in lines for people. */

import { visible } from '../core/errors/visible-text.ts';
import type { BeforeAndAfter, ClassThreshold } from '../runs/confidence/confidence.ts';
import type { EvaluateReport } from '../use-cases/evaluate-report.ts';
import type { TrainReport } from '../use-cases/train-report.ts';
import { countOf, decimalOrNone, percent, percentOrNone } from './number-text.ts';

/** What of it a training came to: a line each. */
export function confidenceLines({ confidence, modality }: TrainReport): string[] {
  const { calibration, unknown, decision } = confidence ?? {};
  const lines: string[] = [];
  if (calibration !== undefined) {
    const { temperature, validation, test } = calibration;
    const held = test === undefined ? '' : `, ${eceText('test', test)}`;
    lines.push(
      `calibrated: temperature ${temperature.toFixed(3)}, ${eceText('validation', validation)}${held}`,
    );
  }
  if (unknown !== undefined) {
    const { validation, test, kept, threshold } = unknown;
    const held =
      test === undefined ? '' : `, ${test.rejected} of ${countOf(test.examples, `test ${modality}`)}`;
    lines.push(
      `unknown: similarity below ${threshold.toFixed(3)} to ${countOf(kept, `training ${modality}`)}; ` +
        `${validation.rejected} of ${countOf(validation.examples, `validation ${modality}`)}${held}`,
    );
  }
  for (const each of decision?.thresholds ?? []) lines.push(thresholdLine(decision!.goal, each));
  return lines;
}

/** On the examples of an evaluation. */
export function evaluatedConfidenceLine({ confidence, modality }: EvaluateReport): string {
  const { calibration, unknown } = confidence;
  const parts: string[] = [];
  if (calibration !== null) parts.push(`calibration error (ECE) ${percent(calibration.error)}`);
  if (unknown !== null) parts.push(`unknown ${unknown.rejected} of ${countOf(unknown.examples, modality)}`);
  return parts.join('; ');
}

function eceText(set: string, { before, after }: BeforeAndAfter): string {
  return `${set} ECE ${percent(before.error)} before, ${percent(after.error)} after`;
}

function thresholdLine(goal: string, { className, threshold, validation, test }: ClassThreshold): string {
  const rates = ({ precision, recall, f1 }: ClassThreshold['validation']): string =>
    `precision ${percent(precision)}, recall ${percentOrNone(recall)}, F1 ${decimalOrNone(f1)}`;
  const held = test === undefined ? '' : `; on test ${rates(test)}`;
  return `threshold of "${visible(className)}" for ${visible(goal)}: ${threshold.toPrecision(3)}; on validation ${rates(validation)}${held}`;
}
