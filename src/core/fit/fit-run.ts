/** @file One training in progress: its epochs' steps, as its callbacks see it. */

import { GraftError } from '../errors/graft-error.ts';
import { type FeatureSet, RowBuffer } from '../features/feature-set.ts';
import type { Loss } from '../losses/loss.ts';
import { createMean } from '../metrics/mean.ts';
import type { Metric } from '../metrics/metric.ts';
import { platform } from '../runtime/platform.ts';
import { findNotFinite } from '../steps/not-finite.ts';
import type { Batch, StepResult, StepState, TrainingStep } from '../steps/training-step.ts';
import type { Random } from '../tensor/random.ts';
import type { Callback, TrainingControl } from './callbacks/callback.ts';
import type { FeatureSource, FitOptions } from './fit-options.ts';
import type { EpochSoFar, FitState } from './fit-state.ts';
import type { EpochRecord } from './history.ts';
import { hasPositions, readBatch, rowsThatCount } from './read-batch.ts';

/** The event loop gets its turn at least this often, so that timers and signals live. */
const TURN_MS = 20;

export class FitRun implements TrainingControl {
  readonly callbacks: readonly Callback[];
  readonly metrics: readonly Metric[];
  readonly epochs: number;
  stopping = false;
  /** Where a resumed epoch goes on. */
  soFar: EpochSoFar | undefined;
  readonly #step: TrainingStep;
  readonly #loss: Loss;
  readonly #options: FitOptions;
  /** All batches' features go into these, by turns: a step may look at the next batch. */
  readonly #buffers = [new RowBuffer(), new RowBuffer()];
  #learningRate: number;
  /** Before the epoch's callbacks. */
  #rateBefore: number;

  constructor(step: TrainingStep, loss: Loss, options: FitOptions) {
    this.#step = step;
    this.#loss = loss;
    this.#options = options;
    this.callbacks = options.callbacks ?? [];
    this.metrics = options.metrics ?? [];
    this.epochs = options.epochs;
    this.#learningRate = options.learningRate;
    this.#rateBefore = options.learningRate;
  }

  get learningRate(): number {
    return this.#learningRate;
  }

  /** @throws {GraftError} `argument`, where a schedule sets the rate of every step. */
  set learningRate(rate: number) {
    if (this.#options.schedule !== undefined && rate !== this.#learningRate) {
      throw new GraftError('argument', {
        where: 'callback',
        expected: 'a learning rate that no schedule sets',
        received: `${rate}, beside the schedule of the optimizer`,
        advice: 'Leave out the schedule, or the callback that changes the rate.',
      });
    }
    this.#learningRate = rate;
  }

  stop(): void {
    this.stopping = true;
  }

  readWeights(into?: StepState): Promise<StepState> {
    return this.#step.readState({ slots: false, into: into ?? this.#options.reused?.take() });
  }

  releaseWeights(copy: StepState): void {
    this.#options.reused?.give(copy);
  }

  writeWeights(state: StepState): Promise<void> {
    return this.#step.writeState(state);
  }

  /** Goes back to where another run stood. */
  async restore(state: FitState): Promise<void> {
    await this.#step.writeState(state.weights);
    this.#learningRate = state.learningRate;
    this.soFar = state.soFar;
    this.callbacks.forEach((callback, index) => {
      const kept = state.callbacks[index];
      if (kept !== undefined) callback.restore?.(kept);
    });
  }

  async beginEpoch(epoch: number): Promise<void> {
    this.#rateBefore = this.learningRate;
    for (const callback of this.callbacks) await callback.onEpochBegin?.(epoch, this);
  }

  /** Keeps where the training stands. @param epoch - The one to go on with. */
  async save(epoch: number, records: readonly EpochRecord[], soFar?: EpochSoFar): Promise<void> {
    await this.#options.checkpoints!.save({
      epoch,
      soFar,
      learningRate: this.learningRate,
      records: [...records],
      callbacks: this.callbacks.map((callback) => callback.state?.()),
      weights: await this.#step.viewState(),
    });
  }

  /** Undefined if the signal ended it. @param records - Of the epochs before. */
  async trainEpoch(
    set: FeatureSet,
    epoch: number,
    records: readonly EpochRecord[],
  ): Promise<Record<string, number> | undefined> {
    const { batchSize, epochs, signal, onStep, schedule, checkpoints, runtime = platform } = this.#options;
    const order = this.#orderOf(set, epoch);
    const steps = Math.ceil(order.length / batchSize);
    const first = this.soFar?.step ?? 0;
    if (this.soFar !== undefined) requireStepWithin(this.soFar, steps, this.metrics.length);
    const metrics = new EpochMetrics(this.metrics, this.soFar);
    this.soFar = undefined;
    let lastTurn = performance.now();
    let next = first < steps ? await this.#batch(set, order, epoch, first) : undefined;
    for (let index = first; next !== undefined; index++) {
      if (signal?.aborted) {
        // Where no step was done, the run goes on with the epoch's beginning, and its callbacks hear of that again.
        if (index === 0) this.#learningRate = this.#rateBefore;
        if (checkpoints !== undefined)
          await this.save(epoch, records, index > 0 ? metrics.soFar() : undefined);
        return undefined;
      }
      const batch: Batch = next;
      next = index + 1 < steps ? await this.#batch(set, order, epoch, index + 1) : undefined;
      if (schedule !== undefined) this.#learningRate = schedule((epoch - 1) * steps + index, steps);
      const result = await this.#step.run(batch, this.learningRate, next);
      metrics.add(result, batch);
      const progress = { epoch, step: index + 1, steps, loss: result.loss };
      for (const callback of this.callbacks) callback.onBatchEnd?.(progress, this);
      await this.requireFinite(result.loss, 'loss', `epoch ${epoch}, step ${index + 1}`);
      onStep?.({ epoch, epochs, step: index + 1, steps, loss: metrics.loss });
      if (this.stopping) break;
      if (next !== undefined && checkpoints?.isDue(false)) {
        await this.save(epoch, records, metrics.soFar());
      }
      if (performance.now() - lastTurn > TURN_MS) {
        await runtime.nextTurn();
        lastTurn = performance.now();
      }
    }
    return metrics.logs();
  }

  async requireFinite(value: number, what: string, when: string): Promise<void> {
    if (Number.isFinite(value) || this.callbacks.some(({ toleratesNaN }) => toleratesNaN)) return;
    const place = await findNotFinite(this.#step);
    const named = place && `${place.slot ?? 'numbers'} of ${place.weight} in layer "${place.layer}"`;
    throw new GraftError('not-a-number', {
      where: `training, ${when}`,
      expected: `a finite ${what}`,
      received: named === undefined ? String(value) : `${value}, with ${named} not finite`,
      advice: `Lower the learning rate (it was ${this.learningRate}), and look for broken examples or weights.`,
    });
  }

  /** The batches that are trained on, epoch after epoch without end. */
  async *batches(source: FeatureSource): AsyncGenerator<Batch, never> {
    for (let epoch = 1; ; epoch++) {
      const set = typeof source === 'function' ? await source(epoch) : source;
      const order = this.#orderOf(set, epoch);
      const steps = Math.ceil(order.length / this.#options.batchSize);
      for (let index = 0; index < steps; index++) yield this.#batch(set, order, epoch, index);
    }
  }

  #orderOf(set: FeatureSet, epoch: number): Uint32Array {
    const { order = shuffled, random, classWeights } = this.#options;
    const hasClasses = set.targets === undefined && !hasPositions(set);
    if (!hasClasses && (order !== shuffled || classWeights !== undefined)) throw noClasses();
    return order(set.labels, random.fork(`epoch ${epoch}`));
  }

  async #batch(set: FeatureSet, order: Uint32Array, epoch: number, index: number): Promise<Batch> {
    const { batchSize, mix, random, classWeights } = this.#options;
    const rows = order.subarray(index * batchSize, (index + 1) * batchSize);
    // Good until the next but one is read.
    const buffer = this.#buffers[index % this.#buffers.length]!;
    const batch = await readBatch(set, rows, this.#loss, buffer, classWeights);
    if (mix === undefined) return batch;
    // Without the place where its features lie unmixed.
    const { features, targets, sampleWeights, size, count } = batch;
    return mix({ features, targets, sampleWeights, size, count }, random.fork(`mix ${epoch}/${index}`));
  }
}

/** After its last step, an epoch has no checkpoint. */
function requireStepWithin({ step, metrics }: EpochSoFar, steps: number, count: number): void {
  if (step >= 1 && step < steps && metrics.length === count) return;
  throw new GraftError('checkpoint', {
    where: 'checkpoint',
    expected: `a step before the last of ${steps}, with ${count} metrics`,
    received: `step ${step} with ${metrics.length}`,
    advice: 'Start a new run.',
  });
}

function shuffled(labels: Uint32Array, random: Random): Uint32Array {
  return random.shuffle(new Uint32Array(labels.length).map((_, row) => row));
}

function noClasses(): GraftError {
  return new GraftError('argument', {
    where: 'training',
    expected: 'examples of classes, to weigh them or to draw them equally often',
    received: 'examples with labels or values',
    advice: 'Leave out class weights and the balanced order.',
  });
}

/** Loss and metrics of an epoch while it is trained. */
class EpochMetrics {
  readonly #metrics: readonly Metric[];
  readonly #mean = createMean();
  #step = 0;

  constructor(metrics: readonly Metric[], soFar: EpochSoFar | undefined) {
    this.#metrics = metrics;
    for (const metric of metrics) metric.reset();
    if (soFar === undefined) return;
    this.#step = soFar.step;
    this.#mean.restore(soFar.loss);
    metrics.forEach((metric, index) => {
      metric.restore(soFar.metrics[index]!);
    });
  }

  add({ loss, logits }: StepResult, batch: Batch): void {
    this.#step++;
    this.#mean.add(loss, batch.count ?? batch.size);
    if (this.#metrics.length === 0) return;
    const counted = rowsThatCount(batch, logits);
    for (const metric of this.#metrics) metric.update(counted.logits, counted.targets, counted.rows);
  }

  get loss(): number {
    return this.#mean.result();
  }

  soFar(): EpochSoFar {
    const metrics = this.#metrics.map((metric) => metric.state());
    return { step: this.#step, loss: this.#mean.state(), metrics };
  }

  logs(): Record<string, number> {
    return {
      loss: this.#mean.result(),
      ...Object.fromEntries(this.#metrics.map((metric) => [metric.name, metric.result()])),
    };
  }
}
