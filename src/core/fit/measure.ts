/** @file What the present weights say of a set of features: logits, loss and metrics. */

import { type FeatureSet, RowBuffer } from '../features/feature-set.ts';
import { rowNumbers } from '../features/row-layout.ts';
import type { Loss } from '../losses/loss.ts';
import { createMean } from '../metrics/mean.ts';
import type { Metric } from '../metrics/metric.ts';
import { platform } from '../runtime/platform.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { TrainingStep } from '../steps/training-step.ts';
import { hasPositions, readBatch, rowsThatCount } from './read-batch.ts';
import { targetRows } from './targets.ts';

/** At most. */
const BATCH = 256;
/** Bytes of the features that it reads for that. */
const BATCH_BYTES = 16 * 1024 * 1024;

export interface MeasureOptions extends RuntimeOptions {
  /** Examples that are looked at at once. Default as many as features of 16 MB have, at most 256. */
  readonly batchSize?: number | undefined;
}

/** Mean loss and the metrics of the present weights on a set, dropout off. */
export async function measure(
  step: TrainingStep,
  loss: Loss,
  set: FeatureSet,
  metrics: readonly Metric[],
  options: MeasureOptions = {},
): Promise<Record<string, number>> {
  const mean = createMean();
  for (const metric of metrics) metric.reset();
  if (hasPositions(set)) await measurePositions(step, loss, set, metrics, mean, options);
  else {
    for await (const { rows, logits } of predictions(step, set, options)) {
      const targets = targetRows(set, rows, loss);
      for (const value of loss.evaluate(logits, targets, rows.length)) mean.add(value);
      for (const metric of metrics) metric.update(logits, targets, rows.length);
    }
  }
  return {
    loss: mean.result(),
    ...Object.fromEntries(metrics.map((metric) => [metric.name, metric.result()])),
  };
}

/** Logits of all positions, over a large vocabulary, are fetched only where a metric wants them. */
async function measurePositions(
  step: TrainingStep,
  loss: Loss,
  set: FeatureSet,
  metrics: readonly Metric[],
  mean: ReturnType<typeof createMean>,
  { runtime = platform, batchSize }: MeasureOptions,
): Promise<void> {
  const buffer = new RowBuffer();
  for (const rows of batchesOf(set, batchSize)) {
    const batch = await readBatch(set, rows, loss, buffer);
    const losses = await step.evaluate(batch);
    const { count = 0, sampleWeights } = batch;
    const sum = losses.reduce((total, value, row) => total + value * sampleWeights[row]!, 0);
    if (count > 0) mean.add(sum / sampleWeights.length, count);
    if (metrics.length > 0) {
      const counted = rowsThatCount(batch, await step.predict(batch.features, batch.size));
      for (const metric of metrics) metric.update(counted.logits, counted.targets, counted.rows);
    }
    await runtime.nextTurn();
  }
}

/** Examples a forward pass takes at once. @param width - Numbers in one example's features. */
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
  { runtime = platform, batchSize }: MeasureOptions = {},
): AsyncGenerator<{ rows: Uint32Array; logits: Float32Array }> {
  const buffer = new RowBuffer();
  for (const rows of batchesOf(set, batchSize)) {
    yield { rows, logits: await step.predict(await set.read(rows, buffer), rows.length) };
    await runtime.nextTurn();
  }
}

function* batchesOf(
  set: FeatureSet,
  max: number = predictBatch(rowNumbers(set.tensors)),
): Generator<Uint32Array> {
  for (let start = 0; start < set.size; start += max) {
    const rows = new Uint32Array(Math.min(max, set.size - start));
    for (let row = 0; row < rows.length; row++) rows[row] = start + row;
    yield rows;
  }
}
