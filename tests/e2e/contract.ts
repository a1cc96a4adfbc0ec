/** @file The documents of `--json`, as other programs rely on them: nothing may be missing, nothing may be added. */

import { z } from 'zod';

const share = z.number().min(0).max(1);
const interval = z.tuple([share, share]);
const skipped = z.array(z.strictObject({ file: z.string(), reason: z.string() }));
const measured = z.strictObject({ images: z.int().positive(), loss: z.number(), accuracy: share, interval });

export const trainDocument = z.strictObject({
  run: z.string(),
  model: z.string(),
  classes: z.array(z.string()).min(2),
  train: z.strictObject({ images: z.int().positive(), loss: z.number(), accuracy: share }),
  validation: measured,
  test: measured.optional(),
  epochs: z.int().positive(),
  bestEpoch: z.int().positive(),
  parameters: z.strictObject({ total: z.int().positive(), trainable: z.int().positive() }),
  seconds: z.strictObject({
    features: z.number().positive(),
    training: z.number().positive(),
    total: z.number().positive(),
  }),
  imagesPerSecond: z.number().positive(),
  peakMemoryBytes: z.int().min(30e6),
  skipped,
});

export const predictDocument = z.array(
  z.union([
    z.strictObject({
      file: z.string(),
      label: z.string(),
      probability: share,
      probabilities: z.record(z.string(), share),
    }),
    z.strictObject({ file: z.string(), error: z.string() }),
  ]),
);

export const evaluateDocument = z.strictObject({
  images: z.int().positive(),
  loss: z.number(),
  accuracy: share,
  interval,
  classes: z.array(
    z.strictObject({
      label: z.string(),
      precision: share,
      recall: share,
      f1: share,
      support: z.int().nonnegative(),
    }),
  ),
  confusion: z.array(z.array(z.int().nonnegative())),
  skipped,
});

export const backbonesDocument = z.array(
  z.strictObject({
    name: z.string(),
    title: z.string(),
    parameters: z.int().positive(),
    inputSizePx: z.int().positive(),
    cut: z.string(),
    top1: z.number().min(0).max(1).nullable(),
    source: z.string(),
    trainedOn: z.string(),
    licence: z.string(),
    paper: z.url(),
    here: z.boolean(),
  }),
);
