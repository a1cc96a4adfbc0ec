/** @file Trains a model on pictures: features of the frozen part, then training steps, then figures. */

import { type Augmenter, createAugmenter } from '../data/augmentation.ts';
import { type AugmentationSpec, isNoAugmentation } from '../data/augmentation-spec.ts';
import { requireEveryClass } from '../data/folder-scan.ts';
import type { Sample, SkippedFile } from '../data/sample.ts';
import { GraftError } from '../errors/graft-error.ts';
import { type ClassificationFigures, classificationFigures } from '../evaluation/classification-figures.ts';
import { loadKernel } from '../kernels/node-threads.ts';
import { createWarpKernel } from '../kernels/warp-kernel.ts';
import type { Functional } from '../layers/functional.ts';
import type { Loss } from '../losses/loss.ts';
import { pictureGraph } from '../models/picture-graph.ts';
import type { Preprocessing } from '../models/preprocessing.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { createSession } from '../runtime/node-session.ts';
import type { Session } from '../runtime/session.ts';
import { createRandom } from '../tensor/random.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { chooseStep } from './choose-step.ts';
import { DecodedPictures } from './decoded-pictures.ts';
import { extractFeatures, FORWARD_BATCH } from './feature-extraction.ts';
import type { FeatureSet } from './feature-set.ts';
import { type FitOptions, fitWeights, measure, predictAll } from './fit.ts';
import { featureShape, splitAtFrontier, type TrainedPart } from './frontier.ts';
import type { History } from './history.ts';
import { requireKernelMemory, requireMemory } from './memory.ts';
import { type MetricOption, resolveMetric } from './metric-names.ts';
import { probabilitiesOf } from './targets.ts';
import type { TrainingStep } from './training-step.ts';

/** Pictures by their part in a training. */
export interface SampleSets {
  readonly train: readonly Sample[];
  readonly validation?: readonly Sample[] | undefined;
  /** Pictures that no decision of the training looks at. */
  readonly test?: readonly Sample[] | undefined;
}

export type SetName = keyof SampleSets;

export interface PictureTrainerOptions {
  readonly model: Functional;
  /** What is done to a picture's bytes before the model's input. */
  readonly preprocessing: Preprocessing;
  readonly sets: SampleSets;
  readonly classes: readonly string[];
  /** For messages: `image folder "photos"`. */
  readonly where: string;
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly MetricOption[];
  readonly batchSize: number;
  readonly seed: number;
  /** Random changes of the training pictures, new ones in every epoch. Never of the others. */
  readonly augmentation?: AugmentationSpec;
  /** Unreadable pictures are fatal. Default false: they are left out and listed. */
  readonly strict?: boolean;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Pictures through the frozen part so far, of those that this stage takes: `epoch` 0 stands before training. */
  readonly onFeatures?: (done: number, total: number, epoch: number) => void;
}

/** What one may say of the training itself. */
export type TrainOptions = Pick<FitOptions, 'epochs' | 'callbacks' | 'classWeights' | 'onStep'>;

export class PictureTrainer {
  readonly part: TrainedPart;
  readonly skipped: SkippedFile[] = [];
  /** Pictures that went through decoding and the frozen part, and how long that took. */
  readonly throughput: { pictures: number; seconds: number } = { pictures: 0, seconds: 0 };
  readonly #options: PictureTrainerOptions;
  readonly #width: number;
  readonly #features = new Map<SetName, FeatureSet>();
  #frozen: Session | undefined;
  #step: TrainingStep | undefined;

  /** @throws {GraftError} `memory`, if it cannot fit; `graph`, if nothing is trained. */
  constructor(options: PictureTrainerOptions) {
    const { model, sets, optimizer, batchSize } = options;
    this.#options = options;
    this.part = splitAtFrontier(model);
    this.#width = sizeOf(featureShape(this.part));
    requireMemory({
      pictures: sets.train.length + (sets.validation?.length ?? 0) + (sets.test?.length ?? 0),
      featureWidth: this.#width,
      trainableWeights: model.countParams().trainable,
      slots: optimizer.slots.length,
    });
    requireKernelMemory(this.part, optimizer.slots.length, batchSize);
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
    const total = names.reduce((sum, name) => sum + sets[name]!.length, 0);
    let before = 0;
    for (const name of names) {
      const features = await this.#interruptible(() =>
        this.#extract(name, (done) => onFeatures?.(before + done, total, 0)),
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
    const { loss, optimizer, batchSize, threads, signal, metrics } = this.#options;
    const random = createRandom(this.#options.seed);
    this.#step = await chooseStep(this.part, {
      loss,
      optimizer,
      random: random.fork('dropout'),
      batchSize,
      ...(threads !== undefined && { threads }),
    });
    const train = this.#augments ? await this.#augmentedTraining() : this.#features.get('train')!;
    const history = await fitWeights(this.#step, loss, train, this.#features.get('validation'), {
      ...options,
      batchSize,
      learningRate: optimizer.learningRate,
      metrics: metrics.map((metric) => resolveMetric(metric, loss)),
      random: random.fork('order'),
      ...(signal && { signal }),
    });
    await this.#keepWeights(this.#step);
    return history;
  }

  /** Figures of the trained model on a set, without augmentation. */
  async figures(name: SetName): Promise<ClassificationFigures> {
    const set = await this.#featuresOf(name);
    const logits = await predictAll(this.#trained, set);
    const probabilities = probabilitiesOf(logits, logits.length / set.size);
    return classificationFigures(probabilities, set.labels, this.#options.classes);
  }

  /** Loss and metrics of the trained model on a set, without augmentation. */
  async measure(name: SetName): Promise<Record<string, number>> {
    const { loss, metrics } = this.#options;
    const resolved = metrics.map((metric) => resolveMetric(metric, loss));
    return measure(this.#trained, loss, await this.#featuresOf(name), resolved);
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
    const features = await this.#extract(name);
    this.#features.set(name, features);
    return features;
  }

  /** Other views of the training pictures for every epoch. */
  async #augmentedTraining(): Promise<(epoch: number) => Promise<FeatureSet>> {
    const { sets, augmentation, seed, signal, onFeatures } = this.#options;
    const augmenter = createAugmenter(augmentation!, seed, createWarpKernel(await loadKernel('warp')));
    const pictures = new DecodedPictures(sets.train, {
      ...this.#decoding(),
      ...(signal && { signal }),
    });
    return async (epoch) => {
      const features = await this.#extract('train', (done) => onFeatures?.(done, sets.train.length, epoch), {
        pictures,
        view: (pixels, sample) => this.#augment(augmenter, pixels, sample, epoch),
      });
      if (epoch === 1) this.#requireClasses(features);
      return features;
    };
  }

  #augment(augmenter: Augmenter, pixels: Uint8Array, { file }: Sample, epoch: number): void {
    const [width, height] = this.#size();
    // The class folder and the name: the same views wherever the data lies.
    const key = file.split(/[\\/]/).slice(-2).join('/');
    augmenter.augment({ pixels, height, width }, { key, epoch, view: 0 }, pixels);
  }

  async #extract(
    name: SetName,
    onProgress?: (done: number) => void,
    views?: {
      readonly pictures: DecodedPictures;
      readonly view: (pixels: Uint8Array, sample: Sample) => void;
    },
  ): Promise<FeatureSet> {
    const { sets, classes, signal, model, preprocessing, threads } = this.#options;
    const samples = sets[name] ?? [];
    const graph = { preprocessing, output: 'features' } as const;
    this.#frozen ??= await createSession(
      pictureGraph(model, this.part.boundary, graph),
      threads === undefined ? {} : { threads },
    );
    const pictures =
      views?.pictures ?? new DecodedPictures(samples, { ...this.#decoding(), ...(signal && { signal }) }, 0);
    const [widthPx, heightPx] = this.#size();
    const before = this.skipped.length;
    const started = performance.now();
    const features = await extractFeatures(this.#frozen, pictures.batches(), {
      widthPx,
      heightPx,
      width: this.#width,
      classes: classes.length,
      pictures: samples.length,
      skipped: () => this.skipped.length - before,
      ...(onProgress && { onProgress }),
      ...(views && { view: views.view }),
    });
    this.throughput.seconds += (performance.now() - started) / 1000;
    this.throughput.pictures += features.size;
    return features;
  }

  #decoding(): ConstructorParameters<typeof DecodedPictures>[1] {
    const [width, height] = this.#size();
    const { strict = false } = this.#options;
    return { width, height, batchSize: FORWARD_BATCH, strict, onSkip: (file) => this.skipped.push(file) };
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

  #requireClasses({ labels }: FeatureSet): void {
    const { where, classes } = this.#options;
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
