/** @file What a training came to, as plain data, wherever it was done. */

import type { SkippedFile } from '../core/examples/sample.ts';
import type { PrecisionComparison } from '../core/features/compare-precision.ts';
import type { LayerAdapter } from '../recipe/phase-adapters.ts';
import type { Task } from '../recipe/task.ts';
import type { DuplicateReport } from '../runs/duplicate-report.ts';
import type { ModalityName } from '../runs/example-sets.ts';
import type { TrainedClassifier } from '../runs/grow-classifier.ts';
import type { TrainedTextClassifier } from '../runs/grow-text-classifier.ts';
import type { PhaseResult } from '../runs/phase-results.ts';
import { type TrainedConfidence, trainedConfidence } from './confidence-report.ts';
import {
  type ClassificationSummary,
  type MetricsSummary,
  type MultiLabelResult,
  metricsResult,
  type RegressionResult,
  summarizeMetrics,
} from './metrics-report.ts';

/** What int8 cost, measured on validation examples. Fractions are in [0, 1]. */
export interface Int8Report {
  readonly examples: number;
  /** Accuracies. */
  readonly int8: number;
  readonly float32: number;
  /** Fraction of the examples that both are right about, or both are wrong about. */
  readonly agreement: number;
}

/** Adapters of a network. */
export interface AdapterReport {
  readonly rank: number;
  /** The kernels that have one: `transformer_layer_1_self_attention/query/kernel`. */
  readonly kernels: readonly string[];
  /** How many numbers they have. */
  readonly parameters: number;
}

/** What is told of any training. */
export interface TrainedReport {
  readonly modality: ModalityName;
  readonly task: Task;
  /** Names of classes, of labels, or of the values of a regression. */
  readonly classNames: readonly string[];
  /** The interval of a classifier's accuracy is told only of examples that it was not trained on. */
  readonly train: Omit<ClassificationSummary, 'interval'> | MultiLabelResult | RegressionResult;
  readonly validation: MetricsSummary;
  readonly test?: MetricsSummary | undefined;
  /** Why it ended: all epochs were done, no epoch was better for long, or the signal aborted. */
  readonly ended: 'epochs' | 'early-stopping' | 'interrupted';
  readonly epochs: number;
  /** The epoch whose weights were kept, from 1 over all phases. */
  readonly bestEpoch: number;
  /** Only of several. */
  readonly phases?: readonly PhaseResult[] | undefined;
  readonly parameters: { readonly total: number; readonly trainable: number };
  /** Adapters that were trained, if some were; the model's kernels have what they have learned. */
  readonly lora?: AdapterReport | undefined;
  readonly seconds: { readonly features: number; readonly training: number; readonly total: number };
  /** Features of examples, computed or from the cache. */
  readonly examplesPerSecond: number;
  /** How many went through the network, and how many were in the cache. With augmentation views count. */
  readonly features: { readonly computed: number; readonly cached: number };
  /** How sure the model is: what its file says of it. */
  readonly confidence?: TrainedConfidence | undefined;
  /** Only with `precision: 'int8'`. */
  readonly int8?: Int8Report | undefined;
  /** Copies, byte for byte. */
  readonly duplicates: DuplicateReport;
  readonly skipped: readonly SkippedFile[];
}

/** @param about - Copies among its examples, what they are, and seconds since the training was asked for. */
export function trainedReport(
  trained: TrainedClassifier<Task> | TrainedTextClassifier<Task>,
  about: {
    readonly modality: ModalityName;
    readonly duplicates: DuplicateReport;
    readonly total: number;
  },
): TrainedReport {
  const { recipe, classNames, history, test, phases, features } = trained;
  const comparison = trained.int8?.comparison;
  return {
    modality: about.modality,
    task: recipe.task,
    classNames,
    train: withoutInterval(summarizeMetrics(metricsResult(trained.train))),
    validation: summarizeMetrics(metricsResult(trained.validation)),
    test: test && summarizeMetrics(metricsResult(test)),
    ended: history.ended === 'stopped' ? 'early-stopping' : history.ended,
    epochs: history.epochs.length,
    bestEpoch: trained.bestEpoch,
    phases: phases.length > 0 ? phases : undefined,
    parameters: trained.parameters,
    lora: 'adapters' in trained ? adapterReport(trained.adapters) : undefined,
    seconds: { ...trained.seconds, total: about.total },
    examplesPerSecond: trained.imagesPerSecond,
    features: { computed: features.computed, cached: features.known },
    confidence: trainedConfidence(trained.confidence),
    int8: comparison && int8Report(comparison),
    duplicates: about.duplicates,
    skipped: trained.skipped,
  };
}

function adapterReport(adapters: readonly LayerAdapter[]): AdapterReport | undefined {
  const [first] = adapters;
  if (first === undefined) return undefined;
  return {
    rank: first.rank,
    kernels: adapters.map(({ layer, kernel }) => `${layer}/${kernel}`),
    parameters: adapters.reduce((sum, { a, b }) => sum + a.length + b.length, 0),
  };
}

function withoutInterval(summary: MetricsSummary): TrainedReport['train'] {
  if (!('accuracy' in summary)) return summary;
  const { interval: _, ...others } = summary;
  return others;
}

function int8Report({ images, int8, float32, same }: PrecisionComparison): Int8Report {
  return { examples: images, int8, float32, agreement: same };
}
