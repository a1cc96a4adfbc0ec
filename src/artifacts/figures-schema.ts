/** @file The figures of models of labels and of numbers, as they stand in a model file. */

import { z } from 'zod';
import type { MultiLabelFigures } from '../evaluation/multi-label-figures.ts';
import type { RegressionFigures } from '../evaluation/regression-figures.ts';

const interval = z.tuple([z.number(), z.number()]);

const rates = {
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  auc: z.number().nullable(),
};

export const labelFiguresSchema: z.ZodType<MultiLabelFigures> = z.object({
  images: z.int().nonnegative(),
  threshold: z.number(),
  loss: z.number(),
  exactMatch: z.number(),
  interval,
  labels: z.array(z.object({ label: z.string(), ...rates, support: z.int().nonnegative() })),
  micro: z.object(rates),
  macro: z.object(rates),
});

export const numberFiguresSchema: z.ZodType<RegressionFigures> = z.object({
  images: z.int().nonnegative(),
  loss: z.number(),
  numbers: z.array(
    z.object({
      name: z.string(),
      mae: z.number(),
      rmse: z.number(),
      r2: z.number().nullable(),
      intervals: z.object({ mae: interval, rmse: interval, r2: interval.nullable() }),
    }),
  ),
});
