/** @file The documents of `--json`, as other programs rely on them: nothing may be missing, nothing may be added. */

import * as z from 'zod';

const fraction = z.number().min(0).max(1);
const interval = z.tuple([fraction, fraction]);
const skipped = z.array(z.strictObject({ file: z.string(), reason: z.string() }));
const duplicates = z.strictObject({
  images: z.int().nonnegative(),
  distinct: z.int().nonnegative(),
  differing: z.int().nonnegative(),
  sets: z.array(
    z.strictObject({
      set: z.enum(['train', 'validation', 'test', 'all']),
      images: z.int().nonnegative(),
      distinct: z.int().nonnegative(),
      trained: z.int().nonnegative(),
    }),
  ),
  groups: z.array(
    z.strictObject({
      images: z
        .array(
          z.strictObject({
            file: z.string(),
            set: z.string(),
            label: z.string().optional(),
            labels: z.array(z.string()).optional(),
            values: z.array(z.number()).optional(),
          }),
        )
        .min(2),
      differ: z.boolean(),
    }),
  ),
  near: z
    .strictObject({
      sets: z.array(z.strictObject({ set: z.string(), examples: z.int().nonnegative() })),
      pairs: z.array(
        z.strictObject({
          file: z.string(),
          set: z.string(),
          of: z.strictObject({ file: z.string(), set: z.string() }),
          similarity: fraction,
        }),
      ),
    })
    .optional(),
});
const context = { balancedAccuracy: fraction, macroF1: fraction, baseline: fraction };
const measured = z.strictObject({
  examples: z.int().positive(),
  loss: z.number(),
  accuracy: fraction,
  interval,
  ...context,
});

const calibration = z.strictObject({
  error: fraction,
  bins: z.array(
    z.strictObject({
      from: fraction,
      to: fraction,
      images: z.int().nonnegative(),
      confidence: fraction,
      accuracy: fraction,
    }),
  ),
});
const reliability = calibration.extend({ loss: z.number() });
const beforeAndAfter = z.strictObject({ before: reliability, after: reliability });
const rejected = z.strictObject({ examples: z.int().nonnegative(), rejected: z.int().nonnegative() });
const decided = z.strictObject({
  precision: fraction,
  recall: fraction.nullable(),
  f1: fraction,
  support: z.int().nonnegative(),
});
export const trainConfidence = z.strictObject({
  calibration: z
    .strictObject({
      temperature: z.number().positive(),
      examples: z.int().min(50),
      validation: beforeAndAfter,
      test: beforeAndAfter.optional(),
    })
    .optional(),
  unknown: z
    .strictObject({
      k: z.int().positive(),
      threshold: z.number(),
      rate: z.number().positive(),
      kept: z.int().positive(),
      trainingExamples: z.int().positive(),
      validation: rejected,
      test: rejected.optional(),
    })
    .optional(),
  decision: z
    .strictObject({
      goal: z.string(),
      thresholds: z.array(
        z.strictObject({
          className: z.string(),
          threshold: fraction,
          isReached: z.boolean(),
          validation: decided,
          test: decided.optional(),
        }),
      ),
    })
    .optional(),
  conformal: z.strictObject({ examples: z.int().positive() }).optional(),
});

export const trainDocument = z.strictObject({
  run: z.string(),
  model: z.string(),
  html: z.string().optional(),
  modality: z.enum(['image', 'text']),
  task: z.literal('classification'),
  classNames: z.array(z.string()).min(2),
  train: measured.omit({ interval: true }),
  validation: measured,
  test: measured.optional(),
  ended: z.enum(['epochs', 'early-stopping', 'interrupted']),
  epochs: z.int().positive(),
  bestEpoch: z.int().positive(),
  phases: z
    .array(
      z.strictObject({
        phase: z.int().positive(),
        firstEpoch: z.int().positive(),
        epochs: z.int().positive(),
        bestEpoch: z.int().positive(),
        value: z.number(),
        beside: z.strictObject({ name: z.string(), value: z.number() }).optional(),
        isKept: z.boolean(),
      }),
    )
    .min(2)
    .optional(),
  parameters: z.strictObject({ total: z.int().positive(), trainable: z.int().positive() }),
  lora: z
    .strictObject({
      rank: z.int().positive(),
      kernels: z.array(z.string()).min(1),
      parameters: z.int().positive(),
    })
    .optional(),
  seconds: z.strictObject({
    features: z.number().positive(),
    training: z.number().positive(),
    total: z.number().positive(),
  }),
  examplesPerSecond: z.number().positive(),
  features: z.strictObject({ computed: z.int().nonnegative(), cached: z.int().nonnegative() }),
  confidence: trainConfidence.optional(),
  peakMemoryBytes: z.int().min(30e6),
  duplicates,
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
  modality: z.enum(['image', 'text']),
  task: z.literal('classification'),
  classNames: z.array(z.string()).min(2),
  combinations: z.int().positive(),
  ended: z.enum(['complete', 'interrupted']),
  rows: z.array(
    z.strictObject({
      ...swept,
      validation: measured,
      folds: z.strictObject({ accuracies: z.array(fraction), mean: fraction, std: z.number() }).optional(),
      epochs: z.int().positive(),
      bestEpoch: z.int().positive(),
      parameters: z.strictObject({ total: z.int().positive(), trainable: z.int().positive() }),
      seconds: z.number().positive(),
      difference: z
        .strictObject({ pValue: fraction, adjustedPValue: fraction, isWorse: z.boolean() })
        .optional(),
    }),
  ),
  failed: z.array(z.strictObject({ ...swept, reason: z.string() })),
  expected: z.strictObject({ accuracy: fraction, interval }).optional(),
  test: measured.optional(),
  features: z.strictObject({ computed: z.int(), cached: z.int() }),
  seconds: z.strictObject({ features: z.number(), training: z.number(), total: z.number().positive() }),
  peakMemoryBytes: z.int().min(30e6),
  duplicates,
  skipped,
});

/** Of models that know what is unlike their training examples. */
const sureness = {
  unknown: z.boolean().optional(),
  similarity: z.number().min(-1.01).max(1.01).optional(),
};

export const predictDocument = z.array(
  z.union([
    z.strictObject({
      file: z.string(),
      label: z.string(),
      probability: fraction,
      probabilities: z.record(z.string(), fraction),
      ...sureness,
      predictionSet: z.array(z.string()).min(1).optional(),
    }),
    z.strictObject({ file: z.string(), error: z.string() }),
  ]),
);

/** What every evaluation tells beside the metrics. */
export const aboutEvaluation = {
  model: z.string(),
  data: z.string(),
  modality: z.enum(['image', 'text']),
  classNames: z.array(z.string()).min(1),
  split: z.enum(['train', 'validation', 'test', 'all']),
  confidence: z.strictObject({
    calibration: calibration.nullable(),
    unknown: rejected.extend({ threshold: z.number() }).nullable(),
  }),
  duplicates,
  trainedOn: z
    .strictObject({
      found: z.int().nonnegative(),
      expectedByChance: z.number().nonnegative(),
      estimate: z.number().nonnegative(),
      isBeyondChance: z.boolean(),
      files: z.array(z.string()),
      without: z.looseObject({ examples: z.int().positive() }).nullable(),
    })
    .nullable(),
  skipped,
};

export const evaluateDocument = z.strictObject({
  ...aboutEvaluation,
  task: z.literal('classification'),
  examples: z.int().positive(),
  loss: z.number(),
  accuracy: fraction,
  interval,
  ...context,
  perClass: z.array(
    z.strictObject({
      className: z.string(),
      precision: fraction,
      recall: fraction.nullable(),
      f1: fraction.nullable(),
      support: z.int().nonnegative(),
    }),
  ),
  confusion: z.array(z.array(z.int().nonnegative())),
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
    license: z.string(),
    paper: z.url(),
    here: z.boolean(),
  }),
);

const rates = { precision: fraction, recall: fraction.nullable(), f1: fraction, auc: fraction.nullable() };

export const labelMetrics = z.strictObject({
  examples: z.int().positive(),
  threshold: fraction,
  loss: z.number(),
  exactMatch: fraction,
  interval,
  baseline: fraction,
  perClass: z
    .array(z.strictObject({ className: z.string(), ...rates, support: z.int().nonnegative() }))
    .min(1),
  micro: z.strictObject(rates),
  macro: z.strictObject(rates),
});

const anyInterval = z.tuple([z.number(), z.number()]);

export const valueMetrics = z.strictObject({
  examples: z.int().positive(),
  loss: z.number().nonnegative(),
  values: z
    .array(
      z.strictObject({
        name: z.string(),
        mae: z.number().nonnegative(),
        rmse: z.number().nonnegative(),
        r2: z.number().max(1).nullable(),
        baseline: z.strictObject({ mae: z.number().nonnegative(), rmse: z.number().nonnegative() }),
        intervals: z.strictObject({ mae: anyInterval, rmse: anyInterval, r2: anyInterval.nullable() }),
      }),
    )
    .min(1),
});

const { task: _, train: __, validation: ___, test: ____, ...aboutRun } = trainDocument.shape;

export const trainLabelsDocument = z.strictObject({
  ...aboutRun,
  task: z.literal('multi-label'),
  classNames: z.array(z.string()).min(1),
  train: labelMetrics,
  validation: labelMetrics,
});

export const trainValuesDocument = z.strictObject({
  ...aboutRun,
  task: z.literal('regression'),
  classNames: z.array(z.string()).min(1),
  train: valueMetrics,
  validation: valueMetrics,
});

export const predictLabelsDocument = z.array(
  z.strictObject({
    file: z.string(),
    labels: z.array(z.string()),
    probabilities: z.record(z.string(), fraction),
    ...sureness,
  }),
);

export const predictValuesDocument = z.array(
  z.strictObject({ file: z.string(), values: z.record(z.string(), z.number()), ...sureness }),
);
