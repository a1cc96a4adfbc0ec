/** @file The metrics of models of classes, labels and values, as they stand in a model file. */

import * as z from 'zod';
import type { AccuracyContext, ClassificationReport } from '../core/evaluation/classification-report.ts';
import type { MultiLabelReport } from '../core/evaluation/multi-label-report.ts';
import type { RegressionReport, ValueMetrics } from '../core/evaluation/regression-report.ts';

/** Metrics of one set of images, each of one class. What stands beside the accuracy, older files do not say. */
export type StoredClassificationReport = Pick<
  ClassificationReport,
  'examples' | 'loss' | 'accuracy' | 'interval'
> &
  Maybe<AccuracyContext>;

/** The baseline, older files do not say. */
export type StoredMultiLabelReport = Omit<MultiLabelReport, 'baseline'> &
  Maybe<Pick<MultiLabelReport, 'baseline'>>;

/** The baselines, older files do not say. */
export interface StoredRegressionReport extends Omit<RegressionReport, 'values'> {
  readonly values: readonly (Omit<ValueMetrics, 'baseline'> & Maybe<Pick<ValueMetrics, 'baseline'>>)[];
}

type Maybe<T> = { readonly [K in keyof T]?: T[K] | undefined };

const interval = z.tuple([z.number(), z.number()]);

const rates = {
  precision: z.number(),
  recall: z.number().nullable(),
  f1: z.number(),
  auc: z.number().nullable(),
};

export const classificationReportSchema: z.ZodType<StoredClassificationReport> = z.object({
  examples: z.int().nonnegative(),
  loss: z.number(),
  accuracy: z.number(),
  interval,
  balancedAccuracy: z.number().optional(),
  macroF1: z.number().optional(),
  baseline: z.number().optional(),
});

export const multiLabelReportSchema: z.ZodType<StoredMultiLabelReport> = z.object({
  examples: z.int().nonnegative(),
  threshold: z.number(),
  loss: z.number(),
  exactMatch: z.number(),
  interval,
  baseline: z.number().optional(),
  labels: z.array(z.object({ label: z.string(), ...rates, support: z.int().nonnegative() })),
  micro: z.object(rates),
  macro: z.object(rates),
});

export const regressionReportSchema: z.ZodType<StoredRegressionReport> = z.object({
  examples: z.int().nonnegative(),
  loss: z.number(),
  values: z.array(
    z.object({
      name: z.string(),
      mae: z.number(),
      rmse: z.number(),
      r2: z.number().nullable(),
      baseline: z.object({ mae: z.number(), rmse: z.number() }).optional(),
      intervals: z.object({ mae: interval, rmse: interval, r2: interval.nullable() }),
    }),
  ),
});
