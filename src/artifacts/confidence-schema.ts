/** @file What a model file says of how sure its model is, as its metadata have it. */

import * as z from 'zod';
import type { ConfidenceFacts } from '../runs/confidence/confidence.ts';

const fraction = z.number().min(0).max(1);
const count = z.int().nonnegative();

const reliability = z.object({
  loss: z.number(),
  error: fraction,
  bins: z.array(
    z.object({
      from: fraction,
      to: fraction,
      images: count,
      confidence: fraction,
      accuracy: fraction,
    }),
  ),
});
const beforeAndAfter = z.object({ before: reliability, after: reliability });
const rejected = z.object({ examples: count, rejected: count });
const rates = z.object({
  precision: fraction,
  recall: fraction.nullable(),
  f1: fraction,
  support: count,
});

export const confidenceSchema: z.ZodType<ConfidenceFacts> = z.object({
  calibration: z
    .object({
      temperature: z.number().positive(),
      examples: count,
      validation: beforeAndAfter,
      test: beforeAndAfter.optional(),
    })
    .optional(),
  unknown: z
    .object({
      k: z.int().positive(),
      threshold: z.number().min(-1.01).max(1.01),
      rate: z.number().gt(0).lt(1),
      kept: z.int().positive(),
      trainingExamples: z.int().positive(),
      validation: rejected,
      test: rejected.optional(),
    })
    .optional(),
  conformal: z.object({ examples: z.int().positive(), scores: z.array(fraction).min(1) }).optional(),
  decision: z
    .object({
      goal: z.string(),
      thresholds: z
        .array(
          z.object({
            className: z.string(),
            threshold: z.number().gt(0).lt(1),
            isReached: z.boolean(),
            validation: rates,
            test: rates.optional(),
          }),
        )
        .min(1),
    })
    .optional(),
});
