/** @file The metrics give Keras' values over batches, and scikit-learn's area under the ROC curve. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Metric } from '../../../src/core/metrics/metric.ts';
import { metrics } from '../../../src/core/metrics/metrics.ts';
import type { OutputActivation } from '../../../src/core/metrics/predictions.ts';
import type { Tolerance } from '../../support/matchers.ts';

interface MetricCase {
  readonly title: string;
  readonly activation: OutputActivation;
  /** Of the batches. */
  readonly sizes: readonly number[];
  readonly outputs: readonly number[];
  readonly targets: readonly number[];
  readonly values: Readonly<Record<string, number>>;
}

const fixture = JSON.parse(readFileSync(new URL('metrics.json', import.meta.url), 'utf8')) as {
  readonly tolerance: Tolerance;
  readonly cases: readonly MetricCase[];
};

const MAKERS: Readonly<Record<string, (each: MetricCase) => Metric>> = {
  precision: metrics.precision,
  'precision at 0.7': ({ activation }) => metrics.precision({ activation, threshold: 0.7 }),
  recall: metrics.recall,
  'recall of output 0': ({ activation }) => metrics.recall({ activation, classId: 0 }),
  auc: metrics.auc,
  'auc, each output': ({ activation }) => metrics.auc({ activation, multiLabel: true }),
  mae: metrics.meanAbsoluteError,
  mse: metrics.meanSquaredError,
  rmse: metrics.rootMeanSquaredError,
  r2_score: metrics.r2Score,
  top_k: ({ targets, outputs }) =>
    targets.length < outputs.length
      ? metrics.sparseTopKCategoricalAccuracy({ k: 2 })
      : metrics.topKCategoricalAccuracy({ k: 2 }),
};
for (const average of ['macro', 'micro', 'weighted'] as const) {
  (MAKERS as Record<string, (each: MetricCase) => Metric>)[`f1_score, ${average}, largest`] = ({
    activation,
  }) => metrics.f1Score({ activation, average, threshold: null });
  (MAKERS as Record<string, (each: MetricCase) => Metric>)[`f1_score, ${average}, 0.5`] = ({
    activation,
  }) => metrics.f1Score({ activation, average, threshold: 0.5 });
}

function overBatches(metric: Metric, { sizes, outputs, targets }: MetricCase): number {
  const size = sizes.reduce((sum, each) => sum + each, 0);
  const [width, targetWidth] = [outputs.length / size, targets.length / size];
  let start = 0;
  for (const batch of sizes) {
    const end = start + batch;
    metric.update(
      Float32Array.from(outputs.slice(start * width, end * width)),
      Float32Array.from(targets.slice(start * targetWidth, end * targetWidth)),
      batch,
    );
    start = end;
  }
  return metric.result();
}

describe.each(fixture.cases.map((each) => [each.title, each] as const))('%s', (_, metricCase) => {
  const values = Object.entries(metricCase.values).filter(([name]) => !name.startsWith('auc by'));

  it.each(values)('%s', (name, value) => {
    const metric = MAKERS[name]!(metricCase);
    expect(overBatches(metric, metricCase)).toBeAllClose(value, fixture.tolerance);
    metric.reset();
    expect(metric.result()).toBe(0);
  });
});

it("comes closer to Keras' area the more thresholds Keras takes", () => {
  for (const { values } of fixture.cases.filter((each) => each.values['auc'] !== undefined)) {
    expect(values['auc by Keras, finer']).toBeAllClose(values['auc']!, { atol: 1e-4, rtol: 0 });
    expect(values['auc by Keras']).toBeAllClose(values['auc']!, { atol: 2e-2, rtol: 0 });
  }
});
