/** @file What a training in a run's folder came to, as plain data. */

import { type TrainedReport, trainedReport } from '../events/trained-report.ts';
import { findDuplicates } from '../node/training/duplicate-report.ts';
import type { ImageSets } from '../node/training/image-sets.ts';
import type { Task } from '../recipe/task.ts';
import type { TrainedClassifier } from '../runs/grow-classifier.ts';
import type { TrainedTextClassifier } from '../runs/grow-text-classifier.ts';

export type { Int8Report } from '../events/trained-report.ts';

/** The document of `graft train --json`; other programs rely on its shape. */
export interface TrainReport extends TrainedReport {
  /** The run's folder. */
  readonly run: string;
  /** The model file in it. */
  readonly model: string;
  /** The page of `graft report`, beside its model card; undefined where none was written. */
  readonly html?: string | undefined;
  /** Of the process, so far. */
  readonly peakMemoryBytes: number;
}

/** @param total - Seconds since the training was asked for. */
export function trainReport(
  trained: TrainedClassifier<Task> | TrainedTextClassifier<Task>,
  images: ImageSets<Task>,
  { run, model, total }: { readonly run: string; readonly model: string; readonly total: number },
): TrainReport {
  const { modality = 'image' } = images;
  const { duplicates, skipped, ...report } = trainedReport(trained, {
    modality,
    duplicates: findDuplicates(images),
    total,
  });
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  return { run, model, ...report, peakMemoryBytes, duplicates, skipped };
}
