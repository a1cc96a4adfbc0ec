/** @file The training loop: batches in a seeded order, metrics, validation, callbacks. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { GraftError } from '../errors/graft-error.ts';
import type { Loss } from '../losses/loss.ts';
import { createMean } from '../metrics/mean.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Random } from '../tensor/random.ts';
import type { Callback, TrainingControl } from './callbacks/callback.ts';
import { type FeatureSet, gatherRows, rowsOf } from './feature-set.ts';
import type { EpochRecord, History } from './history.ts';
import { targetsOf } from './targets.ts';
import type { Batch, TrainingStep } from './training-step.ts';

/** Where the training is, after every step. */
export interface FitProgress {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
}

/** What is trained on: the same features in every epoch, or new ones (other views of the pictures) for each. */
export type FeatureSource = FeatureSet | ((epoch: number) => Promise<FeatureSet>);

export interface FitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Default none. */
  readonly metrics?: readonly Metric[];
  /** In this order at every event. Default none. */
  readonly callbacks?: readonly Callback[];
  /** By class index; a picture counts this much in the loss. Default 1 for all. */
  readonly classWeights?: readonly number[];
  readonly random: Random;
  /** Stops after the step in progress. */
  readonly signal?: AbortSignal;
  readonly onStep?: (progress: FitProgress) => void;
}

/** Pictures a forward pass takes at once outside of training. */
const PREDICTION_BATCH = 256;
/** The event loop gets its turn at least this often, so that timers and signals live. */
const TURN_MS = 20;

type Logs = Record<string, number>;

/**
 * Trains until the epochs are over, a callback stops it, or the signal does.
 *
 * @throws {GraftError} `not-a-number`, if the loss is not finite and no callback tolerates it.
 */
export async function fitWeights(
  step: TrainingStep,
  loss: Loss,
  train: FeatureSource,
  validation: FeatureSet | undefined,
  options: FitOptions,
): Promise<History> {
  const run = new Run(step, loss, options);
  const records: EpochRecord[] = [];
  let ended: History['ended'] = 'epochs';
  for (const callback of run.callbacks) await callback.onTrainBegin?.(run);
  for (let epoch = 1; epoch <= options.epochs && ended === 'epochs'; epoch++) {
    const started = performance.now();
    for (const callback of run.callbacks) await callback.onEpochBegin?.(epoch, run);
    const rate = run.learningRate;
    const set = await featuresOf(train, epoch, options.signal);
    const trained = set && (await run.trainEpoch(set, epoch));
    if (trained === undefined) {
      ended = 'interrupted';
      break;
    }
    const logs: Logs = { ...trained };
    if (validation !== undefined) {
      const measured = await measure(step, loss, validation, run.metrics);
      for (const [name, value] of Object.entries(measured)) logs[`val_${name}`] = value;
      run.requireFinite(measured['loss']!, 'validation loss', `epoch ${epoch}`);
    }
    const seconds = (performance.now() - started) / 1000;
    const record = { epoch, logs: { ...logs, learning_rate: rate }, seconds };
    records.push(record);
    for (const callback of run.callbacks) await callback.onEpochEnd?.(record, run);
    if (run.stopping) ended = 'stopped';
  }
  const history: History = { epochs: records, ended };
  for (const callback of run.callbacks) await callback.onTrainEnd?.(history, run);
  return history;
}

/** Mean loss and the metrics of the present weights on a set, dropout off. */
export async function measure(
  step: TrainingStep,
  loss: Loss,
  set: FeatureSet,
  metrics: readonly Metric[],
): Promise<Logs> {
  const logits = await predictAll(step, set);
  const targets = targetsOf(set.labels, loss, set.classes);
  const losses = loss.evaluate(logits, targets, set.size);
  const logs: Logs = { loss: losses.reduce((sum, value) => sum + value, 0) / set.size };
  for (const metric of metrics) {
    metric.reset();
    metric.update(logits, targets, set.size);
    logs[metric.name] = metric.result();
  }
  return logs;
}

/** Logits of a whole set with the present weights, `[size, K]`. */
export async function predictAll(step: TrainingStep, set: FeatureSet): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for (let start = 0; start < set.size; start += PREDICTION_BATCH) {
    const end = Math.min(start + PREDICTION_BATCH, set.size);
    parts.push(await step.predict(rowsOf(set, start, end), end - start));
    await nextTurn();
  }
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** Undefined if the signal ended it before the features were there. */
async function featuresOf(
  source: FeatureSource,
  epoch: number,
  signal: AbortSignal | undefined,
): Promise<FeatureSet | undefined> {
  if (typeof source !== 'function') return source;
  try {
    return await source(epoch);
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

/** One training, as its callbacks see it. */
class Run implements TrainingControl {
  readonly callbacks: readonly Callback[];
  readonly metrics: readonly Metric[];
  readonly epochs: number;
  learningRate: number;
  stopping = false;
  readonly #step: TrainingStep;
  readonly #loss: Loss;
  readonly #options: FitOptions;
  /** All batches' features go into one array that is filled again and again. */
  #features = new Float32Array(0);

  constructor(step: TrainingStep, loss: Loss, options: FitOptions) {
    this.#step = step;
    this.#loss = loss;
    this.#options = options;
    this.callbacks = options.callbacks ?? [];
    this.metrics = options.metrics ?? [];
    this.epochs = options.epochs;
    this.learningRate = options.learningRate;
  }

  stop(): void {
    this.stopping = true;
  }

  readWeights(): ReturnType<TrainingStep['readState']> {
    return this.#step.readState({ slots: false });
  }

  writeWeights(state: Parameters<TrainingStep['writeState']>[0]): Promise<void> {
    return this.#step.writeState(state);
  }

  /** Undefined if the signal ended it. */
  async trainEpoch(set: FeatureSet, epoch: number): Promise<Logs | undefined> {
    const { batchSize, epochs, random, signal, onStep } = this.#options;
    const order = random.fork(`epoch ${epoch}`).shuffle(new Uint32Array(set.size).map((_, i) => i));
    const steps = Math.ceil(order.length / batchSize);
    const mean = createMean();
    for (const metric of this.metrics) metric.reset();
    let lastTurn = performance.now();
    for (let index = 0; index < steps; index++) {
      if (signal?.aborted) return undefined;
      const batch = this.#read(set, order.subarray(index * batchSize, (index + 1) * batchSize));
      const result = await this.#step.run(batch, this.learningRate);
      mean.add(result.loss, batch.size);
      for (const metric of this.metrics) metric.update(result.logits, batch.targets, batch.size);
      const progress = { epoch, step: index + 1, steps, loss: result.loss };
      for (const callback of this.callbacks) callback.onBatchEnd?.(progress, this);
      this.requireFinite(result.loss, 'loss', `epoch ${epoch}, step ${index + 1}`);
      onStep?.({ epoch, epochs, step: index + 1, steps });
      if (this.stopping) break;
      if (performance.now() - lastTurn > TURN_MS) {
        await nextTurn();
        lastTurn = performance.now();
      }
    }
    return {
      loss: mean.result(),
      ...Object.fromEntries(this.metrics.map((metric) => [metric.name, metric.result()])),
    };
  }

  requireFinite(value: number, what: string, when: string): void {
    if (Number.isFinite(value) || this.callbacks.some(({ toleratesNaN }) => toleratesNaN)) return;
    throw new GraftError('not-a-number', {
      where: `training, ${when}`,
      expected: `a finite ${what}`,
      received: String(value),
      advice: `Lower the learning rate (it was ${this.learningRate}), and look for broken pictures or weights.`,
    });
  }

  /** The batch's features are good until the next one is read. */
  #read(set: FeatureSet, indices: Uint32Array): Batch {
    const size = indices.length;
    if (this.#features.length < size * set.width) this.#features = new Float32Array(size * set.width);
    gatherRows(set, indices, this.#features);
    const labels = new Uint16Array(size);
    const sampleWeights = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      const label = set.labels[indices[i]!]!;
      labels[i] = label;
      sampleWeights[i] = this.#options.classWeights?.[label] ?? 1;
    }
    const features = this.#features.subarray(0, size * set.width);
    return { features, targets: targetsOf(labels, this.#loss, set.classes), sampleWeights, size };
  }
}
