/** @file The figures of models of classes, labels and numbers, as they stand in a model file. */

import { z } from 'zod';
import type { AccuracyContext, ClassificationFigures } from '../evaluation/classification-figures.ts';
import type { MultiLabelFigures } from '../evaluation/multi-label-figures.ts';
import type { NumberFigures, RegressionFigures } from '../evaluation/regression-figures.ts';

/** Figures of one set of pictures, each of one class. What stands beside the accuracy, older files do not say. */
export type StoredClassFigures = Pick<ClassificationFigures, 'images' | 'loss' | 'accuracy' | 'interval'> &
  Maybe<AccuracyContext>;

/** The baseline, older files do not say. */
export type StoredLabelFigures = Omit<MultiLabelFigures, 'baseline'> &
  Maybe<Pick<MultiLabelFigures, 'baseline'>>;

/** The baselines, older files do not say. */
export interface StoredNumberFigures extends Omit<RegressionFigures, 'numbers'> {
  readonly numbers: readonly (Omit<NumberFigures, 'baseline'> & Maybe<Pick<NumberFigures, 'baseline'>>)[];
}

type Maybe<T> = { readonly [K in keyof T]?: T[K] | undefined };

const interval = z.tuple([z.number(), z.number()]);

const rates = {
  precision: z.number(),
  recall: z.number().nullable(),
  f1: z.number(),
  auc: z.number().nullable(),
};

export const classFiguresSchema: z.ZodType<StoredClassFigures> = z.object({
  images: z.int().nonnegative(),
  loss: z.number(),
  accuracy: z.number(),
  interval,
  balancedAccuracy: z.number().optional(),
  macroF1: z.number().optional(),
  baseline: z.number().optional(),
});

export const labelFiguresSchema: z.ZodType<StoredLabelFigures> = z.object({
  images: z.int().nonnegative(),
  threshold: z.number(),
  loss: z.number(),
  exactMatch: z.number(),
  interval,
  baseline: z.number().optional(),
  labels: z.array(z.object({ label: z.string(), ...rates, support: z.int().nonnegative() })),
  micro: z.object(rates),
  macro: z.object(rates),
});

export const numberFiguresSchema: z.ZodType<StoredNumberFigures> = z.object({
  images: z.int().nonnegative(),
  loss: z.number(),
  numbers: z.array(
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
