/** @file How good a model is on images whose labels are known, as plain data. */

import type { TestTimeAugmentation } from '../artifacts/test-time-augmentation.ts';
import type { SkippedFile } from '../core/examples/sample.ts';
import type { EvaluatedConfidence } from '../events/confidence-report.ts';
import type { MetricsResult } from '../events/metrics-report.ts';
import type { PartName } from '../node/images/evaluated-folder.ts';
import type { DuplicateReport } from '../node/training/duplicate-report.ts';
import type { ModalityName } from '../node/training/image-sets.ts';
import type { Task } from '../recipe/task.ts';

/** Which of the images the model was trained on, as far as its file tells. */
export interface TrainedOnReport {
  /** Those that its file names, by their bytes; of a large training, some by mistake. */
  readonly found: number;
  /** How many it would name by mistake if the model was trained on none of them. */
  readonly expectedByChance: number;
  /** How many it was trained on, about. */
  readonly estimate: number;
  /** Whether more are found than mistakes explain. */
  readonly isBeyondChance: boolean;
  readonly files: readonly string[];
  /** The metrics on the other images; null where there are none, or nothing beyond chance was found. */
  readonly without: MetricsResult | null;
}

interface EvaluationFacts {
  /** The model file. */
  readonly model: string;
  /** The folder or CSV file. */
  readonly data: string;
  readonly modality: ModalityName;
  readonly task: Task;
  /** Names of classes, of labels, or of the values of a regression. */
  readonly classNames: readonly string[];
  /** Which part of the data was taken; `all` where it has none. */
  readonly split: PartName | 'all';
  /** What was averaged; of the images alone not there. */
  readonly tta?: TestTimeAugmentation | undefined;
  /** How far its probabilities are to be trusted here, and what is unknown to it; null of what is not told. */
  readonly confidence: EvaluatedConfidence;
  /** Copies, byte for byte. */
  readonly duplicates: DuplicateReport;
  /** Null where the model's file does not tell what it was trained on. */
  readonly trainedOn: TrainedOnReport | null;
  readonly skipped: readonly SkippedFile[];
}

/** The document of `graft evaluate --json`; other programs rely on its shape. */
export type EvaluateReport = EvaluationFacts & MetricsResult;
