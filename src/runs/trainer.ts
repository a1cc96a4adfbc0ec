/** @file Trains a model on examples of any kind: features of the frozen part, then training steps, then metrics. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { Example } from '../core/examples/example.ts';
import { comparePrecision, type PrecisionComparison } from '../core/features/compare-precision.ts';
import { MANY } from '../core/features/feature-extraction.ts';
import type { ExtractionEvents } from '../core/features/feature-extractor.ts';
import type { FeatureSet } from '../core/features/feature-set.ts';
import { FEATURE_MEMORY_BYTES } from '../core/features/feature-table.ts';
import { FEATURE_BYTES, rowNumbers } from '../core/features/row-layout.ts';
import { SET_NAMES, type SetName } from '../core/features/sample-sets.ts';
import { TrainingFeatures } from '../core/features/training-features.ts';
import { fitWeights } from '../core/fit/fit.ts';
import type { FeatureSource } from '../core/fit/fit-options.ts';
import { FitRun } from '../core/fit/fit-run.ts';
import type { History } from '../core/fit/history.ts';
import {
  findLearningRate,
  type LearningRateSearch,
  type LearningRateSearchOptions,
} from '../core/fit/lr-find.ts';
import { predictAll } from '../core/fit/measure.ts';
import { resolveMetric } from '../core/fit/metric-names.ts';
import { TargetScale } from '../core/fit/target-scale.ts';
import type { Layer } from '../core/layers/layer.ts';
import type { Metric } from '../core/metrics/metric.ts';
import { listSlots } from '../core/optimizers/optimizer.ts';
import { createSchedule, type Schedule } from '../core/optimizers/schedules/schedule.ts';
import type { ScheduleSpec } from '../core/optimizers/schedules/schedule-spec.ts';
import { platform } from '../core/runtime/platform.ts';
import { chooseStep } from '../core/steps/choose-step.ts';
import {
  boundarySpecs,
  countTrained,
  splitAtFreezeBoundary,
  type TrainedPart,
} from '../core/steps/freeze-boundary.ts';
import { bytesNeeded, requireKernelMemory, requireMemory } from '../core/steps/memory.ts';
import type { RateMultipliers } from '../core/steps/rate-multipliers.ts';
import { ReusedState } from '../core/steps/reused-state.ts';
import type { TrainingStep } from '../core/steps/training-step.ts';
import { createRandom, type Random } from '../core/tensor/random.ts';
import { type Task, type TaskOf, taskNamed } from '../recipe/task.ts';
import type { DecisionOptions } from '../recipe/tasks/task-definition.ts';
import { evaluate, type SetEvaluation } from './evaluate-set.ts';
import { interruptible } from './interruptible.ts';
import { type ReadExamples, requireReadable } from './require-readable.ts';
import { keepWeights, releaseWeights } from './trained-weights.ts';
import type { TrainerOptions, TrainOptions } from './trainer-options.ts';

export class Trainer {
  readonly part: TrainedPart;
  readonly features: TrainingFeatures;
  /** What the training will hold, beside the network and its runtime. */
  readonly memoryBytes: { readonly features: number; readonly weights: number };
  /** Of numbers, which are learned standardized: the layers that give them do so until {@link foldScale}. */
  readonly #scale: TargetScale | undefined;
  readonly options: TrainerOptions;
  /** Numbers in an example's features, about where they differ in length. */
  readonly width: number;
  /** Numbers that the optimizer moves. */
  readonly trainableWeights: number;
  #step: TrainingStep | undefined;

  /** Changes nothing of the model. @throws {GraftError} `memory`, if it cannot fit; `graph`, if nothing is trained. */
  constructor(options: TrainerOptions) {
    const { model, sets, optimizer, batchSize } = options;
    this.options = options;
    this.part = splitAtFreezeBoundary(model, options);
    this.width = rowNumbers(boundarySpecs(this.part));
    this.trainableWeights = countTrained(this.part);
    const need = {
      images: sets.train.length + (sets.validation?.length ?? 0) + (sets.test?.length ?? 0),
      featureWidth: this.width,
      featureBytes: FEATURE_BYTES[options.featureDType ?? 'float32'],
      mostFeatureBytes: options.featureStores && FEATURE_MEMORY_BYTES,
      trainableWeights: this.trainableWeights,
      slots: listSlots(optimizer).length,
    };
    requireMemory(need);
    this.memoryBytes = bytesNeeded(need);
    requireKernelMemory(this.part, listSlots(optimizer).length, batchSize);
    if (taskNamed(options.task).standardizesTargets) this.#scale = new TargetScale(sets.train);
    const standardized = this.#scale === undefined ? {} : { sets: this.#scale.standardize(sets) };
    const { after } = options;
    const hashes = after === undefined ? {} : { hashes: after.features.hashes };
    this.features =
      after !== undefined && isSame(after.part.boundary, this.part.boundary)
        ? after.features
        : new TrainingFeatures({ ...options, ...standardized, ...hashes }, this.part.boundary);
  }

  /**
   * Runs the frozen part over the examples; with views, over those that are not trained on.
   *
   * @throws {GraftError} `interrupted`, if the signal aborts; `dataset`, if a class has no readable example.
   */
  async extract(): Promise<void> {
    const { sets, signal, onFeatures, extracted, keepsNetwork = false } = this.options;
    const { features } = this;
    if (features.augments && extracted === undefined)
      await interruptible(signal, () => features.hash(['train'], signal));
    const total = this.featuresToExtract;
    let before = 0;
    for (const name of this.#extractedSets()) {
      const set = await interruptible(signal, () =>
        features.of(name, { signal, onProgress: (done) => onFeatures?.(before + done, total, 0) }),
      );
      requireReadable(name, set, this.#read);
      before += sets[name]!.length;
    }
    if (!features.augments && !keepsNetwork) await features.rest();
    await this.relieve();
  }

  /** Frees what nobody refers to of what was done so far, where the examples are so many that it is much. */
  async relieve(): Promise<void> {
    const { sets, runtime = platform } = this.options;
    if (sets.train.length > MANY) await runtime.collectGarbage?.();
  }

  /** Trains, after {@link extract}, and hands the weights back to the model's layers, also where it fails. */
  async train(options: TrainOptions): Promise<History> {
    const { sets, loss, optimizer, batchSize, signal, runtime, threads } = this.options;
    const { schedule = optimizer.schedule, rateMultipliers, solver, ...fitting } = options;
    const random = createRandom(this.options.seed);
    this.#step = await this.#makeStep(random, rateMultipliers);
    const validation = sets.validation && (await this.features.of('validation', { signal }));
    const source = await this.#source();
    releaseWeights(this.part);
    const reused = new ReusedState();
    try {
      if (solver !== undefined) {
        const metrics = this.#metrics();
        const set = await this.features.of('train', { signal });
        const { solveLinearHead } = await import('../core/fit/solver/solve-linear-head.ts');
        return await solveLinearHead(this.#step, solver.head, loss, set, validation, {
          ...fitting,
          ...{ l2: solver.l2, metrics, random, reused, threads, runtime, signal },
        });
      }
      return await fitWeights(this.#step, loss, source, validation, {
        ...fitting,
        runtime,
        schedule: schedule && this.#rates(schedule, options.epochs),
        batchSize,
        learningRate: optimizer.learningRate,
        metrics: this.#metrics(),
        random: random.fork('order'),
        reused,
        signal,
      });
    } finally {
      await keepWeights(this.#step, this.part, reused);
    }
  }

  /** Tries learning rates, after {@link extract}, on the batches that {@link train} would begin with. Trains nothing. */
  async findRate(
    options: Pick<TrainOptions, 'classWeights' | 'order' | 'mix' | 'rateMultipliers'>,
    search: Omit<LearningRateSearchOptions, 'signal'>,
  ): Promise<LearningRateSearch> {
    const { loss, optimizer, batchSize, signal } = this.options;
    const { rateMultipliers, ...fitting } = options;
    const random = createRandom(this.options.seed);
    this.#step = await this.#makeStep(random, rateMultipliers);
    const run = new FitRun(this.#step, loss, {
      ...fitting,
      epochs: 1,
      batchSize,
      learningRate: optimizer.learningRate,
      random: random.fork('order'),
    });
    const batches = run.batches(await this.#source());
    return interruptible(signal, () =>
      findLearningRate(this.#step!, async () => (await batches.next()).value, {
        ...search,
        signal,
      }),
    );
  }

  /** Metrics of the trained model on a set, without augmentation: what its task has. */
  async evaluate(name: SetName, decided?: DecisionOptions): Promise<SetEvaluation> {
    // Also after an interruption: the model is measured by what it has learned.
    return this.#evaluate(await this.features.of(name, { signal: undefined }), decided);
  }

  /** Logits `[size, K]` of a set of features at the freeze boundary, by the trained model; values in their own unit. */
  async logits(set: FeatureSet): Promise<Float32Array> {
    const outputs = await predictAll(this.#trained, set, { runtime: this.options.runtime });
    return this.#scale?.inUnits(outputs) ?? outputs;
  }

  /** The same of examples that are in no set, `[N, K]`. @throws The signal's reason, if it aborts. */
  async furtherLogits(examples: readonly Example[], events: ExtractionEvents): Promise<Float32Array> {
    return this.logits(await this.features.ofFurther(examples, events));
  }

  /**
   * What a frozen part in int8 costs: the trained model on some of the validation examples, with both. Undefined where
   * there are no classes to be right about.
   */
  async compareWithFloat32(): Promise<PrecisionComparison | undefined> {
    const { sets, threads, runtime } = this.options;
    if (this.#task.targets !== 'class') return undefined;
    const measure = async (set: FeatureSet): Promise<Uint8Array> => (await this.#evaluate(set)).right;
    return comparePrecision(this.features, sets.validation ?? [], measure, { threads, runtime });
  }

  /**
   * Makes the model give numbers in their own unit, when all training is over: what was trained are standardized ones.
   *
   * @param layer - The Dense layer that the model ends with.
   */
  foldScale(layer: Layer): void {
    this.#scale?.foldInto(layer);
  }

  /** Examples whose features {@link extract} sees to. */
  get featuresToExtract(): number {
    const { sets } = this.options;
    return this.#extractedSets().reduce((sum, name) => sum + sets[name]!.length, 0);
  }

  /** Training examples, readable or not yet looked at. */
  get trainingExamples(): number {
    return this.options.sets.train.length;
  }

  /** Weights that give every class the same say in the loss: `examples / (classes x examples of the class)`. */
  balancedWeights(): number[] {
    const { sets, classNames } = this.options;
    const counts = classNames.map((_, label) => sets.train.filter((sample) => sample.label === label).length);
    return counts.map((count) => sets.train.length / (classNames.length * count));
  }

  /** @param next - Who may go on with the features. */
  async dispose(next?: Trainer): Promise<void> {
    if (next?.features !== this.features) await this.features.rest();
    await this.#step?.dispose();
  }

  get #read(): ReadExamples {
    const { where, classNames, task } = this.options;
    return { where, classNames, task, features: this.features };
  }

  get #task(): TaskOf {
    return taskNamed<Task>(this.options.task);
  }

  get #trained(): TrainingStep {
    if (this.#step !== undefined) return this.#step;
    throw new GraftError('argument', {
      where: 'training',
      expected: 'a model that was trained',
      received: 'one that was not',
      advice: 'Train it first.',
    });
  }

  /** With views, training examples are not looked at as they are. */
  #extractedSets(): SetName[] {
    const { sets } = this.options;
    return SET_NAMES.filter(
      (name) => sets[name] !== undefined && !(name === 'train' && this.features.augments),
    );
  }

  /** What is trained on: the examples, or other views of them in every epoch. */
  async #source(): Promise<FeatureSource> {
    const { sets, signal, onFeatures } = this.options;
    const { features } = this;
    if (!features.augments) return features.of('train', { signal });
    return async (epoch) => {
      const onProgress = (done: number): void => onFeatures?.(done, sets.train.length, epoch);
      const set = await features.ofViews(epoch, { signal, onProgress });
      if (epoch === 1) requireReadable('train', set, this.#read);
      return set;
    };
  }

  #makeStep(random: Random, rateMultipliers: RateMultipliers | undefined): Promise<TrainingStep> {
    const { model, loss, optimizer, batchSize, threads, runtime, metrics, modality } = this.options;
    // From here on the model is what is trained: its layers say so, to whoever saves it too.
    for (const layer of model.layers) layer.trainable = this.part.isTrainable(layer);
    return chooseStep(this.part, {
      loss,
      optimizer,
      random: random.fork('dropout'),
      batchSize,
      threads,
      runtime,
      rateMultipliers,
      // Of every position of a sequence, over a vocabulary, they are larger than all else.
      givesLogits: metrics.length > 0 || !modality.hasPositionTargets,
    });
  }

  #rates(spec: ScheduleSpec, epochs: number): (step: number, stepsPerEpoch: number) => number {
    const { learningRate } = this.options.optimizer;
    let rates: Schedule | undefined;
    return (step, stepsPerEpoch) => {
      rates ??= createSchedule(spec, { learningRate, totalSteps: epochs * stepsPerEpoch, stepsPerEpoch });
      return rates(step);
    };
  }

  #evaluate(set: FeatureSet, decided?: DecisionOptions): Promise<SetEvaluation> {
    return evaluate(this.#trained, set, {
      ...decided,
      task: this.#task.name,
      names: this.options.classNames,
      scale: this.#scale,
      runtime: this.options.runtime,
    });
  }

  #metrics(): Metric[] {
    const { loss, metrics } = this.options;
    return metrics.map((option) => {
      const metric = resolveMetric(option, loss);
      return this.#scale?.metricInUnits(metric) ?? metric;
    });
  }
}

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
