/** @file How sure a model is, in lines for people. */

import { visible } from '../core/errors/visible-text.ts';
import type { BeforeAndAfter, CalibrationFacts, ClassThreshold } from '../runs/confidence/confidence.ts';
import type { EvaluateReport } from '../use-cases/evaluate-report.ts';
import type { TrainReport } from '../use-cases/train-report.ts';
import { decimalOrNone, formatCount, metricText, percent, percentOrNone } from './number-text.ts';

/** What of it a training came to: a line each. */
export function confidenceLines({ confidence, modality }: TrainReport): string[] {
  const { calibration, unknown, decision } = confidence ?? {};
  const lines: string[] = [];
  if (calibration !== undefined) {
    const { validation, test } = calibration;
    const held = test === undefined ? '' : `, ${eceText('test', test, calibration)}`;
    const errors = `${eceText('validation', validation, calibration)}${held}`;
    lines.push(`calibrated: ${temperatureText(calibration)}, ${errors}`);
  }
  if (unknown !== undefined) {
    const { validation, test, kept, threshold } = unknown;
    const held =
      test === undefined ? '' : `, ${test.rejected} of ${formatCount(test.examples, `test ${modality}`)}`;
    lines.push(
      `unknown: similarity below ${threshold.toFixed(3)} to ${formatCount(kept, `training ${modality}`)}; ` +
        `${validation.rejected} of ${formatCount(validation.examples, `validation ${modality}`)}${held}`,
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
  if (unknown !== null)
    parts.push(`unknown ${unknown.rejected} of ${formatCount(unknown.examples, modality)}`);
  return parts.join('; ');
}

/** What was chosen by cross-validation. */
export function temperatureText({ temperature }: Pick<CalibrationFacts, 'temperature'>): string {
  return temperature === 1
    ? 'by the network itself (temperature 1)'
    : `temperature ${temperature.toFixed(3)}`;
}

/** Expected calibration error of a set. */
export function eceText(
  set: string,
  { before, after }: BeforeAndAfter,
  { temperature }: Pick<CalibrationFacts, 'temperature'>,
): string {
  if (temperature === 1) return `${set} ECE ${percent(after.error)}`;
  // The loss, too: that of the epochs is the one before.
  const losses = [before, after].map(({ loss }) => metricText('loss', loss)).join(' -> ');
  return `${set} loss ${losses}, ECE ${percent(before.error)} -> ${percent(after.error)}`;
}

function thresholdLine(goal: string, { className, threshold, validation, test }: ClassThreshold): string {
  const rates = ({ precision, recall, f1 }: ClassThreshold['validation']): string =>
    `precision ${percent(precision)}, recall ${percentOrNone(recall)}, F1 ${decimalOrNone(f1)}`;
  const held = test === undefined ? '' : `; on test ${rates(test)}`;
  return `threshold of "${visible(className)}" for ${visible(goal)}: ${threshold.toPrecision(3)}; on validation ${rates(validation)}${held}`;
}
