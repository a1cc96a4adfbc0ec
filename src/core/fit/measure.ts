/** @file What the present weights say of a set of features: logits, loss and metrics. */

import type { FeatureSet } from '../features/feature-set.ts';
import type { Loss } from '../losses/loss.ts';
import { createMean } from '../metrics/mean.ts';
import type { Metric } from '../metrics/metric.ts';
import { platform } from '../runtime/platform.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { TrainingStep } from '../steps/training-step.ts';
import { targetRows } from './targets.ts';

/** At most. */
const BATCH = 256;
/** Bytes of the features that it reads for that. */
const BATCH_BYTES = 16 * 1024 * 1024;

/** Mean loss and the metrics of the present weights on a set, dropout off. */
export async function measure(
  step: TrainingStep,
  loss: Loss,
  set: FeatureSet,
  metrics: readonly Metric[],
  options: RuntimeOptions = {},
): Promise<Record<string, number>> {
  const mean = createMean();
  for (const metric of metrics) metric.reset();
  for await (const { rows, logits } of predictions(step, set, options)) {
    const targets = targetRows(set, rows, loss);
    for (const value of loss.evaluate(logits, targets, rows.length)) mean.add(value);
    for (const metric of metrics) metric.update(logits, targets, rows.length);
  }
  return {
    loss: mean.result(),
    ...Object.fromEntries(metrics.map((metric) => [metric.name, metric.result()])),
  };
}

/** Images a forward pass takes at once. @param width - Numbers in one image's features. */
export function predictBatch(width: number): number {
  return Math.max(1, Math.min(BATCH, Math.floor(BATCH_BYTES / (4 * width))));
}

/** Logits of a whole set with the present weights, `[size, K]`. */
export async function predictAll(
  step: TrainingStep,
  set: FeatureSet,
  options: RuntimeOptions = {},
): Promise<Float32Array> {
  let all = new Float32Array(0);
  for await (const { rows, logits } of predictions(step, set, options)) {
    const width = logits.length / rows.length;
    if (all.length === 0) all = new Float32Array(set.size * width);
    all.set(logits, rows[0]! * width);
  }
  return all;
}

/** Logits of some rows after others, in their order. */
export async function* predictions(
  step: TrainingStep,
  set: FeatureSet,
  { runtime = platform }: RuntimeOptions = {},
): AsyncGenerator<{ rows: Uint32Array; logits: Float32Array }> {
  const max = predictBatch(set.width);
  const features = new Float32Array(Math.min(max, set.size) * set.width);
  for (let start = 0; start < set.size; start += max) {
    const size = Math.min(max, set.size - start);
    const rows = Uint32Array.from({ length: size }, (_, row) => start + row);
    await set.read(rows, features);
    yield { rows, logits: await step.predict(features.subarray(0, size * set.width), size) };
    await runtime.nextTurn();
  }
}
