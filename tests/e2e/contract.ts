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

const swept = {
  cut: z.string(),
  head: z.string(),
  optimizer: z.string(),
  learningRate: z.number().positive(),
};

export const sweepDocument = z.strictObject({
  run: z.string(),
  model: z.string(),
  classes: z.array(z.string()).min(2),
  asked: z.int().positive(),
  ended: z.enum(['complete', 'interrupted']),
  rows: z.array(
    z.strictObject({
      ...swept,
      validation: measured,
      folds: z.strictObject({ accuracies: z.array(share), mean: share, spread: z.number() }).optional(),
      epochs: z.int().positive(),
      bestEpoch: z.int().positive(),
      parameters: z.strictObject({ total: z.int().positive(), trainable: z.int().positive() }),
      seconds: z.number().positive(),
      difference: z.strictObject({ pValue: share, adjustedPValue: share, isWorse: z.boolean() }).optional(),
    }),
  ),
  failed: z.array(z.strictObject({ ...swept, reason: z.string() })),
  expected: z.strictObject({ accuracy: share, interval }).optional(),
  test: measured.optional(),
  features: z.strictObject({ computed: z.int(), known: z.int() }),
  seconds: z.strictObject({ features: z.number(), training: z.number() }),
  skipped,
  totalSeconds: z.number().positive(),
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

const rates = { precision: share, recall: share, f1: share, auc: share.nullable() };

export const labelFigures = z.strictObject({
  images: z.int().positive(),
  threshold: share,
  loss: z.number(),
  exactMatch: share,
  interval,
  labels: z.array(z.strictObject({ label: z.string(), ...rates, support: z.int().nonnegative() })).min(1),
  micro: z.strictObject(rates),
  macro: z.strictObject(rates),
});

const anyInterval = z.tuple([z.number(), z.number()]);

export const numberFigures = z.strictObject({
  images: z.int().positive(),
  loss: z.number().nonnegative(),
  numbers: z
    .array(
      z.strictObject({
        name: z.string(),
        mae: z.number().nonnegative(),
        rmse: z.number().nonnegative(),
        r2: z.number().max(1).nullable(),
        intervals: z.strictObject({ mae: anyInterval, rmse: anyInterval, r2: anyInterval.nullable() }),
      }),
    )
    .min(1),
});

const { classes: _, train: __, validation: ___, test: ____, ...aboutRun } = trainDocument.shape;

export const trainLabelsDocument = z.strictObject({
  ...aboutRun,
  task: z.literal('multi-label'),
  names: z.array(z.string()).min(1),
  train: labelFigures,
  validation: labelFigures,
});

export const trainNumbersDocument = z.strictObject({
  ...aboutRun,
  task: z.literal('regression'),
  names: z.array(z.string()).min(1),
  train: numberFigures,
  validation: numberFigures,
});

export const predictLabelsDocument = z.array(
  z.strictObject({
    file: z.string(),
    labels: z.array(z.string()),
    probabilities: z.record(z.string(), share),
  }),
);

export const predictNumbersDocument = z.array(
  z.strictObject({ file: z.string(), numbers: z.record(z.string(), z.number()) }),
);
