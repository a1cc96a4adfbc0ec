/** @file Trains a model on pictures: features of the frozen part, then training steps, then figures. */

import { type Augmenter, createAugmenter } from '../data/augmentation.ts';
import { type AugmentationSpec, isNoAugmentation } from '../data/augmentation-spec.ts';
import { requireEveryClass } from '../data/folder-scan.ts';
import { emptyHashes, hashPictures, type PictureHashes } from '../data/picture-hash.ts';
import type { Sample, SkippedFile } from '../data/sample.ts';
import { GraftError } from '../errors/graft-error.ts';
import type { Graph } from '../graph/graph.ts';
import { loadKernel } from '../kernels/node-threads.ts';
import { createWarpKernel } from '../kernels/warp-kernel.ts';
import type { Functional } from '../layers/functional.ts';
import type { Layer } from '../layers/layer.ts';
import type { Loss } from '../losses/loss.ts';
import type { Metric } from '../metrics/metric.ts';
import { literalPictureGraph, type PictureGraphOptions, pictureGraph } from '../models/picture-graph.ts';
import type { Preprocessing } from '../models/preprocessing.ts';
import { type Optimizer, slotsOf } from '../optimizers/optimizer.ts';
import { createSchedule, type Schedule } from '../optimizers/schedules/schedule.ts';
import type { ScheduleSpec } from '../optimizers/schedules/schedule-spec.ts';
import { createSession } from '../runtime/node-session.ts';
import type { Session } from '../runtime/session.ts';
import { createRandom, type Random } from '../tensor/random.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { chooseStep } from './choose-step.ts';
import { DecodedPictures } from './decoded-pictures.ts';
import { extractFeatures, FORWARD_BATCH, type PictureView } from './feature-extraction.ts';
import { FEATURE_BYTES, type FeatureDType, type FeatureSet } from './feature-set.ts';
import { type FeatureSpaces, type FeatureStores, openFeatureSpaces } from './feature-spaces.ts';
import { FEATURE_MEMORY_BYTES, type MemoryBudget } from './feature-table.ts';
import { fitWeights } from './fit.ts';
import type { FitOptions } from './fit-options.ts';
import { FitRun } from './fit-run.ts';
import { featureShape, splitAtFrontier, type TrainedPart } from './frontier.ts';
import { frozenIdentity } from './frozen-identity.ts';
import {
  COMPARED_PICTURES,
  calibrationIdentity,
  int8Twin,
  type Precision,
  type PrecisionComparison,
} from './frozen-part.ts';
import type { History } from './history.ts';
import { type Judgement, judge } from './judge.ts';
import { findLearningRate, type LearningRateSearch, type LearningRateSearchOptions } from './lr-find.ts';
import { measure, predictAll } from './measure.ts';
import { bytesNeeded, requireKernelMemory, requireMemory } from './memory.ts';
import { type MetricOption, resolveMetric } from './metric-names.ts';
import { type Rehearsal, rehearse } from './preflight/rehearsal.ts';
import type { RateMultipliers } from './rate-multipliers.ts';
import { TargetScale } from './target-scale.ts';
import type { Task } from './task.ts';
import type { TrainingStep } from './training-step.ts';

/** Pictures by their part in a training. */
export interface SampleSets {
  readonly train: readonly Sample[];
  readonly validation?: readonly Sample[] | undefined;
  /** Pictures that no decision of the training looks at. */
  readonly test?: readonly Sample[] | undefined;
}

export type SetName = keyof SampleSets;

/**
 * Features that were extracted before, for several trainings.
 *
 * @param view - Which view of the pictures; undefined for the pictures as they are.
 */
export type ExtractedSets = (name: SetName, view: number | undefined) => Promise<FeatureSet>;

export interface PictureTrainerOptions {
  readonly model: Functional;
  /** What is done to a picture's bytes before the model's input. */
  readonly preprocessing: Preprocessing;
  readonly sets: SampleSets;
  /** What is learnt of them. Default `single-label`; for all else the samples have targets. */
  readonly task?: Task;
  /** Names of classes, labels or numbers. */
  readonly classes: readonly string[];
  /** For messages: `image folder "photos"`. */
  readonly where: string;
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly MetricOption[];
  readonly batchSize: number;
  readonly seed: number;
  /** Random changes of the training pictures. Never of the others. */
  readonly augmentation?: AugmentationSpec;
  /** Epochs until the views of a picture come again. Default: new ones in every epoch. */
  readonly views?: number;
  /** Where features are kept between runs, and while training if they are many. Default: in memory. */
  readonly featureStores?: FeatureStores | undefined;
  /** Where the features come from, all of them. Default: the frozen part runs over the pictures. */
  readonly extracted?: ExtractedSets | undefined;
  /** What the cached features are called, for people. */
  readonly about?: Readonly<Record<string, string | number>>;
  /** How the frozen part computes. Default float32. */
  readonly precision?: Precision;
  /** What features are kept as. Default float32. */
  readonly featureDType?: FeatureDType;
  /** Unreadable pictures are fatal. Default false: they are left out and listed. */
  readonly strict?: boolean;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Pictures through the frozen part so far, of those that this stage takes: `epoch` 0 stands before training. */
  readonly onFeatures?: (done: number, total: number, epoch: number) => void;
}

/** What one may say of the training itself. */
export type TrainOptions = Pick<
  FitOptions,
  'epochs' | 'callbacks' | 'classWeights' | 'order' | 'mix' | 'averages' | 'onStep' | 'checkpoints' | 'resume'
> & {
  /** How the rate changes. */
  readonly schedule?: ScheduleSpec;
  readonly rateMultipliers?: RateMultipliers;
};

export class PictureTrainer {
  readonly part: TrainedPart;
  readonly skipped: SkippedFile[] = [];
  /** What the training will hold, beside the network and its runtime. */
  readonly memoryBytes: { readonly features: number; readonly weights: number };
  /** Pictures whose features were needed, how many of them were computed, and how long all that took. */
  readonly throughput: { pictures: number; computed: number; seconds: number } = {
    pictures: 0,
    computed: 0,
    seconds: 0,
  };
  /** Of numbers, which are learnt standardised: the layers that give them do so until {@link foldScale}. */
  readonly #scale: TargetScale | undefined;
  readonly #options: PictureTrainerOptions;
  readonly #width: number;
  readonly #samples = new Map<SetName, readonly Sample[]>();
  readonly #features = new Map<SetName, FeatureSet>();
  readonly #views = new Map<number, FeatureSet>();
  readonly #hashes = new Map<SetName, PictureHashes>();
  readonly #pictures = new Map<SetName, DecodedPictures>();
  readonly #memory: MemoryBudget = { bytes: FEATURE_MEMORY_BYTES };
  #stores: FeatureSpaces | undefined;
  #graph: Graph | undefined;
  #frozen: Session | undefined;
  #step: TrainingStep | undefined;

  /** @throws {GraftError} `memory`, if it cannot fit; `graph`, if nothing is trained. */
  constructor(options: PictureTrainerOptions) {
    const { model, sets, optimizer, batchSize } = options;
    this.#options = options;
    if (options.task === 'regression') this.#scale = new TargetScale(sets.train);
    this.part = splitAtFrontier(model);
    this.#width = sizeOf(featureShape(this.part));
    const need = {
      pictures: sets.train.length + (sets.validation?.length ?? 0) + (sets.test?.length ?? 0),
      featureWidth: this.#width,
      featureBytes: FEATURE_BYTES[this.#dtype],
      ...(options.featureStores && { mostFeatureBytes: FEATURE_MEMORY_BYTES }),
      trainableWeights: model.countParams().trainable,
      slots: slotsOf(optimizer).length,
    };
    requireMemory(need);
    this.memoryBytes = bytesNeeded(need);
    requireKernelMemory(this.part, slotsOf(optimizer).length, batchSize);
  }

  /**
   * Runs the frozen part over the pictures; with augmentation, over those that are not trained on.
   *
   * @throws {GraftError} `interrupted`, if the signal aborts; `dataset`, if a class has no readable picture.
   */
  async extract(): Promise<void> {
    const { sets, onFeatures } = this.#options;
    const names = (['train', 'validation', 'test'] as const).filter(
      (name) => sets[name] !== undefined && !(name === 'train' && this.#augments),
    );
    // Views are known by their pictures' content, and so is the whole training.
    if (this.#augments && this.#options.extracted === undefined)
      await this.#interruptible(() => this.#hashTraining());
    const total = names.reduce((sum, name) => sum + sets[name]!.length, 0);
    let before = 0;
    for (const name of names) {
      const features = await this.#interruptible(() =>
        this.#extract(name, {
          signal: this.#options.signal,
          onProgress: (done) => onFeatures?.(before + done, total, 0),
        }),
      );
      this.#features.set(name, features);
      before += sets[name]!.length;
    }
    if (!this.#augments) this.#requireClasses(this.#features.get('train')!);
    if (this.#features.get('validation')?.size === 0)
      throw this.#nothingReadable('validation picture', 'Add pictures, or give another --validation.');
  }

  /** Trains, after {@link extract}, and hands the weights back to the model's layers. */
  async train(options: TrainOptions): Promise<History> {
    const { loss, optimizer, batchSize, signal } = this.#options;
    const { schedule, rateMultipliers, ...fitting } = options;
    const random = createRandom(this.#options.seed);
    this.#step = await this.#makeStep(random, rateMultipliers);
    const train = this.#augments ? await this.#augmentedTraining() : this.#features.get('train')!;
    const history = await fitWeights(this.#step, loss, train, this.#features.get('validation'), {
      ...fitting,
      ...(schedule && { schedule: this.#rates(schedule, options.epochs) }),
      batchSize,
      learningRate: optimizer.learningRate,
      metrics: this.#metrics(),
      random: random.fork('order'),
      ...(signal && { signal }),
    });
    await this.#keepWeights(this.#step);
    return history;
  }

  /** Tries learning rates, after {@link extract}, on the batches that {@link train} would begin with. Trains nothing. */
  async findRate(
    options: Pick<TrainOptions, 'classWeights' | 'order' | 'mix' | 'rateMultipliers'>,
    search: Omit<LearningRateSearchOptions, 'signal'>,
  ): Promise<LearningRateSearch> {
    const { loss, optimizer, batchSize, signal } = this.#options;
    const { rateMultipliers, ...fitting } = options;
    const random = createRandom(this.#options.seed);
    this.#step = await this.#makeStep(random, rateMultipliers);
    const features = this.#augments ? await this.#augmentedTraining() : this.#features.get('train')!;
    const run = new FitRun(this.#step, loss, {
      ...fitting,
      epochs: 1,
      batchSize,
      learningRate: optimizer.learningRate,
      random: random.fork('order'),
    });
    const batches = run.batches(features);
    return this.#interruptible(() =>
      findLearningRate(this.#step!, async () => (await batches.next()).value, {
        ...search,
        ...(signal && { signal }),
      }),
    );
  }

  /**
   * How much there is to do, and how fast it goes, from a little of it. What is made for that, {@link extract} goes on
   * with.
   */
  async rehearse(epochs: number): Promise<Rehearsal> {
    const { sets, optimizer, loss, batchSize, threads, signal, featureStores } = this.#options;
    const [widthPx, heightPx] = this.#size();
    const augmenter = this.#augments ? await this.#augmenter() : undefined;
    // Without a store, no view is kept.
    const views = featureStores === undefined ? epochs : Math.min(this.#options.views ?? epochs, epochs);
    return this.#interruptible(async () =>
      rehearse({
        sets,
        hashesOf: (name) => this.#hashesOf(name),
        part: this.part,
        stores: await this.#openStores(),
        session: () => this.#frozenSession(),
        widthPx,
        heightPx,
        width: this.#width,
        dtype: this.#dtype,
        epochs,
        batchSize,
        loss,
        optimizer,
        views: augmenter && {
          count: views,
          draw: (pixels) => this.#augment(augmenter, pixels, 'rehearsal', 0),
        },
        ...(threads !== undefined && { threads }),
        ...(signal && { signal }),
      }),
    );
  }

  #makeStep(random: Random, rateMultipliers: RateMultipliers | undefined): Promise<TrainingStep> {
    const { loss, optimizer, batchSize, threads } = this.#options;
    return chooseStep(this.part, {
      loss,
      optimizer,
      random: random.fork('dropout'),
      batchSize,
      ...(threads !== undefined && { threads }),
      ...(rateMultipliers && { rateMultipliers }),
    });
  }

  async #augmenter(): Promise<Augmenter> {
    const { augmentation, seed } = this.#options;
    return createAugmenter(augmentation!, seed, createWarpKernel(await loadKernel('warp')));
  }

  #rates(spec: ScheduleSpec, epochs: number): (step: number, stepsPerEpoch: number) => number {
    const { learningRate } = this.#options.optimizer;
    let rates: Schedule | undefined;
    return (step, stepsPerEpoch) => {
      rates ??= createSchedule(spec, { learningRate, totalSteps: epochs * stepsPerEpoch, stepsPerEpoch });
      return rates(step);
    };
  }

  /** Figures of the trained model on a set, without augmentation: what its task has. */
  async judge(name: SetName): Promise<Judgement> {
    const { classes: names, task = 'single-label' } = this.#options;
    const set = await this.#featuresOf(name);
    return judge(await predictAll(this.#trained, set), set, { task, names, scale: this.#scale });
  }

  /** Loss and metrics of the trained model on a set, without augmentation. */
  async measure(name: SetName): Promise<Record<string, number>> {
    return measure(this.#trained, this.#options.loss, await this.#featuresOf(name), this.#metrics());
  }

  /**
   * Makes the model give numbers in their own unit, when all training is over: what was trained are standardised ones.
   *
   * @param layer - The Dense layer that the model ends with.
   */
  foldScale(layer: Layer): void {
    this.#scale?.foldInto(layer);
  }

  #metrics(): Metric[] {
    const { loss, metrics } = this.#options;
    return metrics.map((option) => {
      const metric = resolveMetric(option, loss);
      return this.#scale?.metricInUnits(metric) ?? metric;
    });
  }

  /** Training pictures, readable or not yet looked at. */
  get trainingPictures(): number {
    return this.#options.sets.train.length;
  }

  /** Weights that give every class the same say in the loss: `pictures / (classes x pictures of the class)`. */
  balancedWeights(): number[] {
    const { sets, classes } = this.#options;
    const counts = classes.map((_, label) => sets.train.filter((sample) => sample.label === label).length);
    return counts.map((count) => sets.train.length / (classes.length * count));
  }

  /**
   * What is trained, on what: the same for the same network, pictures, labels and sizes, whatever the files' names.
   * After {@link extract}.
   */
  identity(beside: Readonly<Record<string, unknown>>): string {
    const { model, sets, classes, augmentation, seed } = this.#options;
    const graph = literalPictureGraph(model, model.output, { ...this.#graphOptions, dtype: 'float32' });
    const data = (['train', 'validation', 'test'] as const).map((name) => ({
      labels: sets[name]?.map(({ label, target }) => (target === undefined ? label : [...target])),
      hashes: sets[name] && Buffer.from(this.#hashesOf(name).hashes).toString('base64'),
    }));
    return frozenIdentity(graph, { ...beside, data, classes, augmentation, seed });
  }

  async dispose(): Promise<void> {
    await this.#frozen?.dispose();
    await this.#step?.dispose();
  }

  get #augments(): boolean {
    const { augmentation } = this.#options;
    return augmentation !== undefined && !isNoAugmentation(augmentation);
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

  async #featuresOf(name: SetName): Promise<FeatureSet> {
    const known = this.#features.get(name);
    if (known !== undefined) return known;
    // Also after an interruption: the model is measured by what it has learnt.
    const features = await this.#extract(name, { signal: undefined });
    this.#features.set(name, features);
    return features;
  }

  get #dtype(): FeatureDType {
    return this.#options.featureDType ?? 'float32';
  }

  /** Views of the training pictures: other ones in every epoch, until they come again. */
  async #augmentedTraining(): Promise<(epoch: number) => Promise<FeatureSet>> {
    const { sets, onFeatures, views = Number.POSITIVE_INFINITY } = this.#options;
    const augmenter = await this.#augmenter();
    return async (epoch) => {
      const number = (epoch - 1) % views;
      const known = this.#views.get(number);
      if (known !== undefined) {
        onFeatures?.(sets.train.length, sets.train.length, epoch);
        return known;
      }
      const features = await this.#extract('train', {
        signal: this.#options.signal,
        onProgress: (done) => onFeatures?.(done, sets.train.length, epoch),
        view: { number, draw: (pixels, key) => this.#augment(augmenter, pixels, key, number) },
      });
      if (epoch === 1) this.#requireClasses(features);
      // Without a store, all views of all pictures would lie in memory.
      if (this.#options.featureStores !== undefined) this.#views.set(number, features);
      return features;
    };
  }

  #augment(augmenter: Augmenter, pixels: Uint8Array, key: string, view: number): void {
    const [width, height] = this.#size();
    augmenter.augment({ pixels, height, width }, { key, epoch: 0, view }, pixels);
  }

  async #extract(
    name: SetName,
    {
      onProgress,
      view,
      signal,
    }: {
      readonly signal: AbortSignal | undefined;
      readonly onProgress?: ((done: number) => void) | undefined;
      readonly view?: PictureView;
    },
  ): Promise<FeatureSet> {
    const { sets, classes, extracted } = this.#options;
    if (extracted !== undefined) {
      const known = await extracted(name, view?.number);
      this.throughput.pictures += known.size;
      return known;
    }
    const samples = once(this.#samples, name, () => {
      const own = sets[name] ?? [];
      return this.#scale?.standardise(own) ?? own;
    });
    const stores = await this.#openStores();
    const [widthPx, heightPx] = this.#size();
    const started = performance.now();
    try {
      const features = await extractFeatures({
        samples,
        hashes: this.#hashesOf(name),
        pictures: once(this.#pictures, name, () => this.#decoding(name)),
        session: () => this.#frozenSession(),
        store: view === undefined ? stores?.plain : stores?.views,
        memory: stores === undefined ? { bytes: Number.POSITIVE_INFINITY } : this.#memory,
        widthPx,
        heightPx,
        width: this.#width,
        dtype: this.#dtype,
        classes: classes.length,
        onComputed: (pictures) => {
          this.throughput.computed += pictures;
        },
        ...(view && { view }),
        ...(signal && { signal }),
        ...(onProgress && { onProgress }),
      });
      this.throughput.pictures += features.size;
      return features;
    } finally {
      this.throughput.seconds += (performance.now() - started) / 1000;
    }
  }

  async #openStores(): Promise<FeatureSpaces | undefined> {
    const { featureStores, model, augmentation, seed, about = {} } = this.#options;
    if (featureStores === undefined) return undefined;
    if (this.#stores === undefined && this.#isInt8) await this.#hashTraining();
    this.#stores ??= await openFeatureSpaces(featureStores, {
      graph: literalPictureGraph(model, this.part.boundary, this.#graphOptions),
      ...(this.#isInt8 && {
        beside: { int8: calibrationIdentity(this.#hashesOf('train'), this.trainingPictures) },
      }),
      about,
      bytesPerEntry: this.#width * FEATURE_BYTES[this.#dtype],
      ...(this.#augments && { views: { augmentation: augmentation!, seed } }),
    });
    return this.#stores;
  }

  get #graphOptions(): PictureGraphOptions {
    return { preprocessing: this.#options.preprocessing, output: 'features', dtype: this.#dtype };
  }

  async #frozenSession(): Promise<Session> {
    this.#frozen ??= await this.#session(await this.frozenGraph());
    return this.#frozen;
  }

  #session(graph: Graph): Promise<Session> {
    const { threads } = this.#options;
    return createSession(graph, threads === undefined ? {} : { threads });
  }

  get #isInt8(): boolean {
    return this.#options.precision === 'int8';
  }

  /** From `image` to `features`, as the pictures' features are computed. */
  async frozenGraph(): Promise<Graph> {
    const { model, sets, threads, signal } = this.#options;
    if (this.#graph === undefined) {
      const float = pictureGraph(model, this.part.boundary, this.#graphOptions);
      const [width, height] = this.#size();
      const decoding = { width, height, batchSize: FORWARD_BATCH };
      this.#graph = this.#isInt8
        ? await int8Twin(float, sets.train, decoding, {
            threads,
            signal: signal?.aborted ? undefined : signal,
          })
        : float;
    }
    return this.#graph;
  }

  /** What int8 costs: the trained model on some of the validation pictures, with both frozen parts. */
  async compareWithFloat32(): Promise<PrecisionComparison> {
    const { model, sets, task } = this.#options;
    const all = sets.validation ?? [];
    const count = Math.min(COMPARED_PICTURES, all.length);
    const samples = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
    const float = await this.#session(pictureGraph(model, this.part.boundary, this.#graphOptions));
    try {
      const right: Uint8Array[] = [];
      for (const session of [await this.#frozenSession(), float]) {
        const features = await this.#featuresBy(session, samples);
        const logits = await predictAll(this.#trained, features);
        const { classes: names } = this.#options;
        right.push(judge(logits, features, { task: task ?? 'single-label', names, scale: undefined }).right);
      }
      const [int8, float32] = right as [Uint8Array, Uint8Array];
      const share = (yes: (index: number) => boolean): number =>
        int8.reduce((sum, _, index) => sum + (yes(index) ? 1 : 0), 0) / int8.length;
      return {
        pictures: int8.length,
        int8: share((i) => int8[i] === 1),
        float32: share((i) => float32[i] === 1),
        same: share((i) => int8[i] === float32[i]),
      };
    } finally {
      await float.dispose();
    }
  }

  /** Features that are neither looked up nor kept. */
  #featuresBy(session: Session, samples: readonly Sample[]): Promise<FeatureSet> {
    const [width, height] = this.#size();
    return extractFeatures({
      samples,
      hashes: emptyHashes(samples.length),
      pictures: new DecodedPictures(samples.length, { width, height, batchSize: FORWARD_BATCH }, 0),
      session: async () => session,
      memory: { bytes: Number.POSITIVE_INFINITY },
      widthPx: width,
      heightPx: height,
      width: this.#width,
      dtype: this.#dtype,
      classes: this.#options.classes.length,
    });
  }

  #hashesOf(name: SetName): PictureHashes {
    return once(this.#hashes, name, () => emptyHashes(this.#options.sets[name]?.length ?? 0));
  }

  async #hashTraining(): Promise<void> {
    const { sets, signal } = this.#options;
    const files = sets.train.map(({ file }) => file);
    await hashPictures(files, 0, files.length, this.#hashesOf('train'), signal);
  }

  #decoding(name: SetName): DecodedPictures {
    const [width, height] = this.#size();
    const { sets, strict = false } = this.#options;
    const onSkip = (file: SkippedFile): void => {
      this.skipped.push(file);
    };
    const options = { width, height, batchSize: FORWARD_BATCH, strict, onSkip };
    // Only views are drawn from the same pixels again and again.
    const keptBytes = name === 'train' && this.#augments ? undefined : 0;
    return new DecodedPictures(sets[name]?.length ?? 0, options, keptBytes);
  }

  /** Width and height of the model's pictures. */
  #size(): readonly [number, number] {
    const [, height, width] = this.#options.model.input.shape;
    return [width ?? 0, height ?? 0];
  }

  async #keepWeights(step: TrainingStep): Promise<void> {
    const { weights } = await step.readState({ slots: false });
    for (const layer of this.part.layers) {
      for (const weight of layer.weights) {
        const trained = weights.get(`${layer.name}/${weight.spec.name}`);
        if (trained !== undefined) weight.value = trained;
      }
    }
  }

  /** Where there are no classes, one readable picture is enough. */
  #requireClasses({ labels, size }: FeatureSet): void {
    const { where, classes } = this.#options;
    if ((this.#options.task ?? 'single-label') !== 'single-label') {
      if (size > 0) return;
      throw this.#nothingReadable('picture to train on', 'Check the pictures with another program.');
    }
    const samples = Array.from(labels, (label) => ({ file: '', label }));
    requireEveryClass({ where, classes, samples, unreadable: this.skipped });
  }

  #nothingReadable(what: string, advice: string): GraftError {
    return new GraftError('dataset', {
      where: this.#options.where,
      expected: `at least 1 readable ${what}`,
      received: 'none',
      advice,
    });
  }

  async #interruptible<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!this.#options.signal?.aborted) throw error;
      throw new GraftError('interrupted', {
        where: 'training',
        expected: 'to reach its end',
        received: 'an interruption',
        advice: 'Stopped before training began: nothing was learnt yet.',
      });
    }
  }
}

function once<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}
