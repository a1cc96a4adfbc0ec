/** @file The training loop: batches in a seeded order, validation, early stopping with the best weights kept. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { GraftError } from '../errors/graft-error.ts';
import type { Loss } from '../losses/loss.ts';
import type { Random } from '../tensor/random.ts';
import { type FeatureSet, gatherRows, rowsOf } from './feature-set.ts';
import type { EpochRecord, History } from './history.ts';
import { countRight, targetsOf } from './targets.ts';
import type { Batch, StepState, TrainingStep } from './training-step.ts';

/** Where the training is, after every step. */
export interface FitProgress {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
}

export interface FitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Epochs without improvement of the monitored loss, in a row, after which it stops; Infinity never stops. */
  readonly patience: number;
  /** Least improvement that counts. Default 0. */
  readonly minDelta?: number;
  /** By class index; a picture counts this much in the loss. Default 1 for all. */
  readonly classWeights?: readonly number[];
  readonly random: Random;
  /** Stops after the step in progress and keeps the best weights so far. */
  readonly signal?: AbortSignal;
  readonly onStep?: (progress: FitProgress) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
}

/** Pictures a forward pass takes at once outside of training. */
const PREDICTION_BATCH = 256;
/** The event loop gets its turn at least this often, so that timers and signals live. */
const TURN_MS = 20;

/**
 * Trains until the epochs are over, early stopping stops it, or the signal does. The monitored figure is the
 * validation loss, or without validation data the training loss; the weights of its best epoch are restored.
 *
 * @throws {GraftError} `not-a-number`, if the loss is not finite.
 */
export async function fitWeights(
  step: TrainingStep,
  loss: Loss,
  train: FeatureSet,
  validation: FeatureSet | undefined,
  options: FitOptions,
): Promise<History> {
  const records: EpochRecord[] = [];
  const batches = new BatchReader(train, loss, options);
  let best: { readonly epoch: number; readonly loss: number; readonly state?: StepState } = {
    epoch: 0,
    loss: Number.POSITIVE_INFINITY,
  };
  let ended: History['ended'] = 'epochs';
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const started = performance.now();
    const trained = await trainEpoch(step, batches, epoch, options);
    if (trained === undefined) {
      ended = 'interrupted';
      break;
    }
    const validated = validation && (await measure(step, loss, validation));
    if (validated) requireFinite(validated.loss, 'validation loss', `epoch ${epoch}`, options);
    const record: EpochRecord = {
      epoch,
      ...trained,
      ...(validated && { valLoss: validated.loss, valAccuracy: validated.accuracy }),
      learningRate: options.learningRate,
      seconds: (performance.now() - started) / 1000,
    };
    records.push(record);
    const monitored = validated?.loss ?? trained.loss;
    const improved = monitored < best.loss - (options.minDelta ?? 0);
    if (improved) best = { epoch, loss: monitored, state: await step.readState({ slots: false }) };
    options.onEpoch?.(record);
    if (!improved && epoch - best.epoch >= options.patience) {
      ended = 'early-stopping';
      break;
    }
  }
  const moved = best.epoch !== records.at(-1)?.epoch || ended === 'interrupted';
  if (best.state !== undefined && moved) await step.writeState(best.state);
  return { epochs: records, bestEpoch: best.epoch, ended };
}

/** Mean loss and accuracy of the present weights on a set, dropout off. */
export async function measure(
  step: TrainingStep,
  loss: Loss,
  set: FeatureSet,
): Promise<{ loss: number; accuracy: number }> {
  const logits = await predictAll(step, set);
  const losses = loss.evaluate(logits, targetsOf(set.labels, loss, set.classes), set.size);
  const right = countRight(logits, set.labels, logits.length / set.size);
  return { loss: losses.reduce((sum, value) => sum + value, 0) / set.size, accuracy: right / set.size };
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

/** Undefined if the signal ended it. */
async function trainEpoch(
  step: TrainingStep,
  batches: BatchReader,
  epoch: number,
  options: FitOptions,
): Promise<{ loss: number; accuracy: number } | undefined> {
  const order = options.random
    .fork(`epoch ${epoch}`)
    .shuffle(new Uint32Array(batches.set.size).map((_, i) => i));
  const steps = Math.ceil(order.length / options.batchSize);
  let total = 0;
  let right = 0;
  let lastTurn = performance.now();
  for (let index = 0; index < steps; index++) {
    if (options.signal?.aborted) return undefined;
    const { batch, labels } = batches.read(
      order.subarray(index * options.batchSize, (index + 1) * options.batchSize),
    );
    const result = await step.run(batch, options.learningRate);
    requireFinite(result.loss, 'loss', `epoch ${epoch}, step ${index + 1}`, options);
    total += result.loss * batch.size;
    right += countRight(result.logits, labels, result.logits.length / batch.size);
    options.onStep?.({ epoch, epochs: options.epochs, step: index + 1, steps });
    if (performance.now() - lastTurn > TURN_MS) {
      await nextTurn();
      lastTurn = performance.now();
    }
  }
  return { loss: total / order.length, accuracy: right / order.length };
}

/** Gathers batches; all features go into one array that is filled again and again. */
class BatchReader {
  readonly set: FeatureSet;
  readonly #loss: Loss;
  readonly #classWeights: readonly number[] | undefined;
  readonly #features: Float32Array;

  constructor(set: FeatureSet, loss: Loss, options: FitOptions) {
    this.set = set;
    this.#loss = loss;
    this.#classWeights = options.classWeights;
    this.#features = new Float32Array(Math.min(options.batchSize, set.size) * set.width);
  }

  /** The batch's features are good until the next one is read. */
  read(indices: Uint32Array): { batch: Batch; labels: Uint16Array } {
    const size = indices.length;
    gatherRows(this.set, indices, this.#features);
    const labels = new Uint16Array(size);
    const sampleWeights = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      const label = this.set.labels[indices[i]!]!;
      labels[i] = label;
      sampleWeights[i] = this.#classWeights?.[label] ?? 1;
    }
    const features = this.#features.subarray(0, size * this.set.width);
    return {
      batch: { features, targets: targetsOf(labels, this.#loss, this.set.classes), sampleWeights, size },
      labels,
    };
  }
}

function requireFinite(value: number, what: string, when: string, options: FitOptions): void {
  if (Number.isFinite(value)) return;
  throw new GraftError('not-a-number', {
    where: `training, ${when}`,
    expected: `a finite ${what}`,
    received: String(value),
    advice: `Lower the learning rate (it was ${options.learningRate}), and look for broken pictures or weights.`,
  });
}
