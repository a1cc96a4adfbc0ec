/** @file What the present weights say of a set of features: logits, loss and metrics. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Loss } from '../losses/loss.ts';
import type { Metric } from '../metrics/metric.ts';
import type { FeatureSet } from './feature-set.ts';
import { targetRows } from './targets.ts';
import type { TrainingStep } from './training-step.ts';

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
): Promise<Record<string, number>> {
  const logits = await predictAll(step, set);
  const targets = targetRows(set, undefined, loss);
  const losses = loss.evaluate(logits, targets, set.size);
  const logs: Record<string, number> = { loss: losses.reduce((sum, value) => sum + value, 0) / set.size };
  for (const metric of metrics) {
    metric.reset();
    metric.update(logits, targets, set.size);
    logs[metric.name] = metric.result();
  }
  return logs;
}

/** Pictures a forward pass takes at once. @param width - Numbers in one picture's features. */
export function predictBatch(width: number): number {
  return Math.max(1, Math.min(BATCH, Math.floor(BATCH_BYTES / (4 * width))));
}

/** Logits of a whole set with the present weights, `[size, K]`. */
export async function predictAll(step: TrainingStep, set: FeatureSet): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  const most = predictBatch(set.width);
  const features = new Float32Array(Math.min(most, set.size) * set.width);
  for (let start = 0; start < set.size; start += most) {
    const size = Math.min(most, set.size - start);
    await set.read(
      Uint32Array.from({ length: size }, (_, row) => start + row),
      features,
    );
    parts.push(await step.predict(features.subarray(0, size * set.width), size));
    await nextTurn();
  }
  return joined(parts);
}

/** One array of several, in order. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
