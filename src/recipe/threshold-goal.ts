/** @file What a decision threshold is to reach, as a recipe has it. */

import * as z from 'zod';
import type { ThresholdGoal } from '../core/evaluation/decision-threshold.ts';
import { lazySchema } from './recipe-values.ts';

const className = (): z.ZodOptional<z.ZodString> => z.string().optional();

export const goalSchema: z.ZodType<ThresholdGoal> = lazySchema<ThresholdGoal>(() =>
  z.union([
    z.strictObject({
      metric: z.enum(['recall', 'precision']),
      value: z.number().gt(0).max(1),
      className: className(),
    }),
    z.strictObject({ metric: z.literal('f1'), className: className() }),
  ]),
);
