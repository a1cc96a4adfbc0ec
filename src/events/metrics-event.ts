/** @file How good a trained model is on each set, as events. */

import type { ReportOf, Task } from '../recipe/task.ts';
import type { TrainedClassifier } from '../runs/grow-classifier.ts';
import { metricsResult } from './metrics-report.ts';
import type { MetricsEvent } from './training-event.ts';

/** Tells all metrics of each set. */
export function tellMetrics(
  { train, validation, test }: Pick<TrainedClassifier<Task>, 'train' | 'validation' | 'test'>,
  emit: (event: MetricsEvent) => void,
): void {
  const sets: [MetricsEvent['set'], ReportOf[Task] | undefined][] = [
    ['train', train],
    ['validation', validation],
    ['test', test],
  ];
  for (const [set, metrics] of sets) {
    if (metrics !== undefined) emit({ type: 'metrics', set, metrics: metricsResult(metrics) });
  }
}
