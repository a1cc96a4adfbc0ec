/** @file The runs in a folder, as plain data. */

import type { ModalityName } from '../node/training/image-sets.ts';
import type { Task } from '../recipe/task.ts';

/** What is told of a run's quality: of classes the accuracy, of labels the exact match, of values the mean of their R2. */
export interface RunScore {
  readonly metric: 'accuracy' | 'exactMatch' | 'r2';
  readonly value: number | null;
  /** 95%; null where there is none. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly examples: number;
}

/** A run with a model. */
export interface ListedRun {
  /** Its folder. */
  readonly run: string;
  readonly model: string;
  readonly task: Task;
  readonly modality: ModalityName;
  readonly classNames: readonly string[];
  readonly backbone: string;
  /** Where it was trained; null where that is not told, by runs of earlier versions. */
  readonly data: string | null;
  readonly validation: RunScore;
  readonly test: RunScore | null;
  readonly bestEpoch: number;
  readonly epochs: number;
  /** What logits are divided by; null where nothing was calibrated. */
  readonly temperature: number | null;
  /** Of the model file. */
  readonly bytes: number;
  /** When the model was written, ISO 8601. */
  readonly date: string;
}

/** A run without a model that can be told of. */
export interface OtherRun {
  readonly run: string;
  /** `unfinished`: it can be resumed, or is at work; `empty`: nothing was reached; `unreadable`: its model is damaged, or newer. */
  readonly state: 'unfinished' | 'empty' | 'unreadable';
  readonly reason: string;
}

/** The document of `graft runs --json`. */
export interface RunsReport {
  readonly folder: string;
  /** By task; of each task the best on its validation examples first. Runs on other data are not to be compared by that. */
  readonly runs: readonly ListedRun[];
  readonly others: readonly OtherRun[];
}
