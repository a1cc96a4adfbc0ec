/** @file A model that can be compiled, fitted, evaluated and asked, in Keras' words. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { requireNumber } from '../../core/errors/number-range.ts';
import { type ImageSource, requireImages } from '../../core/examples/image-content.ts';
import { relabel } from '../../core/examples/relabel.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import { USUAL_SIZE } from '../../core/features/batched-session.ts';
import type { FeatureStores } from '../../core/features/feature-spaces.ts';
import type { Callback } from '../../core/fit/callbacks/callback.ts';
import { type History, seriesOf } from '../../core/fit/history.ts';
import { type MetricOption, resolveMetric } from '../../core/fit/metric-names.ts';
import { createTargets } from '../../core/fit/targets.ts';
import { Functional, type FunctionalOptions } from '../../core/layers/functional.ts';
import type { Loss } from '../../core/losses/loss.ts';
import { resolveLoss } from '../../core/losses/losses.ts';
import type { Optimizer } from '../../core/optimizers/optimizer.ts';
import { createSession } from '../../core/runtime/create-session.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import { tensor } from '../../core/tensor/tensor.ts';
import { findRange } from '../../recipe/recipe-numbers.ts';
import {
  requireClasses,
  requireComputableLoss,
  requirePreprocessing,
} from '../../runs/model-requirements.ts';
import { Trainer } from '../../runs/trainer.ts';
import type { AugmentationSpec } from '../../vision/augmentation/augmentation-spec.ts';
import { parseAugmentation } from '../../vision/augmentation/augmentation-text.ts';
import type { ResizeMode } from '../../vision/images/resize-mode.ts';
import { imageModality } from '../../vision/modality/image-modality.ts';
import { imageGraph } from '../../vision/preprocessing/image-graph.ts';
import type { Preprocessing } from '../../vision/preprocessing/preprocessing.ts';
import type { ImageDataset } from '../images/image-dataset.ts';
import { imageFiles } from '../images/image-files.ts';

/** What a model is made of. */
export interface ModelOptions extends FunctionalOptions {
  /**
   * What is done to an image's bytes, in [0, 255], before the input: what `loadBackbone` returns beside its model, or one
   * of `preprocessing`. May be left out where the model's first layer scales pixels itself, such as a Rescaling.
   */
  readonly preprocessing?: Preprocessing | undefined;
  /** How images are brought to the input's size. Default `squash`. */
  readonly resize?: ResizeMode | undefined;
}

/** What `compile` takes: optimizer, loss and metrics, as in Keras. */
export interface CompileOptions {
  readonly optimizer: Optimizer;
  /** A loss, or Keras' name of one: `binary_crossentropy`. */
  readonly loss: Loss | string;
  /** Default none. */
  readonly metrics?: readonly MetricOption[];
}

/** What `fit` takes, as in Keras. */
export interface FitModelOptions extends RuntimeOptions {
  /** Default 1, as in Keras. */
  readonly epochs?: number;
  readonly validationData?: ImageDataset;
  readonly callbacks?: readonly Callback[];
  /** By class name; an image of the class counts this much in the loss. */
  readonly classWeight?: Readonly<Record<string, number>>;
  /** Random changes of the training images: `geometric`, `rotation:40,flip`, or in full. Default none. */
  readonly augmentation?: AugmentationSpec | string;
  /** Where features are kept between runs, see `openFeatureCache`. Default: in memory, for this training alone. */
  readonly featureCache?: FeatureStores;
  /** With augmentation: epochs until the views of an image come again. Default: new ones in every epoch. */
  readonly views?: number;
  /** Of the order, Dropout, augmentation, and of weights that have no numbers yet. Default 1. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly threads?: number;
  /** Hears of images that were left out. */
  readonly onSkip?: (skipped: SkippedFile) => void;
}

/** How `evaluate` and `predict` run. */
export interface RunModelOptions extends RuntimeOptions {
  /** Processor threads, >= 1. Default: as many as the machine offers. */
  readonly threads?: number | undefined;
  /** Ends the work by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What `fit` gives: Keras' `history.history` beside the records. */
export interface FitHistory extends History {
  /** Each metric of all epochs, by Keras' names: `loss`, `accuracy`, `val_loss`, ... */
  readonly history: Readonly<Record<string, readonly number[]>>;
}

interface Compiled {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly MetricOption[];
}

/** Layers between an input of images and one output, to be trained. */
export class Model extends Functional {
  /** How images are brought to the input's size. */
  readonly resize: ResizeMode;
  readonly #preprocessing: Preprocessing | undefined;
  #compiled: Compiled | undefined;

  constructor(options: ModelOptions) {
    super({ name: 'model', ...options });
    this.#preprocessing = options.preprocessing;
    this.resize = options.resize ?? 'squash';
  }

  /**
   * What is done to an image's bytes before the input.
   *
   * @throws {GraftError} `argument`, if it was left out and no layer of the model scales them.
   */
  get preprocessing(): Preprocessing {
    return requirePreprocessing(this, this.#preprocessing);
  }

  /**
   * Says how to train.
   *
   * @throws {GraftError} `argument`, if there is no loss or metric of that name, the loss cannot be computed from the
   *   model's output, or nothing scales its pixels.
   */
  compile({ optimizer, loss, metrics = [] }: CompileOptions): void {
    const resolved = resolveLoss(loss);
    requireComputableLoss(this, resolved);
    requirePreprocessing(this, this.#preprocessing);
    for (const metric of metrics) resolveMetric(metric, resolved);
    this.#compiled = { optimizer, loss: resolved, metrics };
  }

  /**
   * Trains the layers that are trainable. The frozen part runs once an image, or with augmentation once a view.
   *
   * @throws {GraftError} `argument`, if the model was not compiled, or its output is not for so many classes; `shape`, if the images do not fit its input.
   */
  async fit(train: ImageDataset, options: FitModelOptions = {}): Promise<FitHistory> {
    const { epochs = 1, validationData, callbacks = [], classWeight, augmentation, seed = 1 } = options;
    requireNumber('fit', 'epochs', findRange('epochs'), epochs);
    requireNumber('fit', 'seed', findRange('seed'), seed);
    if (options.views !== undefined) requireNumber('fit', 'views', findRange('views'), options.views);
    const { optimizer, loss, metrics } = this.#requireCompiled();
    const { classNames } = train;
    this.#requireSize(train);
    requireClasses(this, loss, train.where, classNames);
    this.initialize({ seed });
    const trainer = new Trainer({
      modality: imageModality({
        reader: imageFiles,
        runtime: options.runtime,
        model: this,
        preprocessing: this.preprocessing,
        resize: this.resize,
        augmentation: typeof augmentation === 'string' ? parseAugmentation(augmentation) : augmentation,
        seed,
      }),
      runtime: options.runtime,
      model: this,
      sets: {
        train: train.samples,
        validation: validationData && this.#samplesOf(validationData, classNames),
      },
      classNames,
      where: train.where,
      optimizer,
      loss,
      metrics,
      batchSize: train.batchSize,
      seed,
      featureStores: options.featureCache,
      views: options.views,
      threads: options.threads,
      signal: options.signal,
    });
    try {
      await trainer.extract();
      const history = await trainer.train({
        epochs,
        callbacks,
        classWeights: classWeight && classNames.map((name) => classWeight[name] ?? 1),
      });
      for (const file of trainer.features.skipped) options.onSkip?.(file);
      const names = Object.keys(history.epochs[0]?.logs ?? {});
      return {
        ...history,
        history: Object.fromEntries(names.map((name) => [name, seriesOf(history, name)])),
      };
    } finally {
      await trainer.dispose();
    }
  }

  /** Loss and metrics on images whose classes are known: classes in the order that was trained. */
  async evaluate(data: ImageDataset, options: RunModelOptions = {}): Promise<Record<string, number>> {
    const { loss, metrics } = this.#requireCompiled();
    this.#requireSize(data);
    requireClasses(this, loss, data.where, data.classNames);
    const resolved = metrics.map((metric) => resolveMetric(metric, loss));
    for (const metric of resolved) metric.reset();
    let total = 0;
    let size = 0;
    for await (const { samples, outputs } of this.#run(data.samples, 'logits', options)) {
      const targets = createTargets(
        samples.map(({ label }) => label),
        loss,
        data.classNames.length,
      );
      for (const value of loss.evaluate(outputs, targets, samples.length)) total += value;
      for (const metric of resolved) metric.update(outputs, targets, samples.length);
      size += samples.length;
    }
    return {
      loss: total / size,
      ...Object.fromEntries(resolved.map((metric) => [metric.name, metric.result()])),
    };
  }

  /**
   * What the model says of images.
   *
   * @param images - Paths, the bytes of files, or pixels `{ data, width, height }`; or a data set.
   * @returns For every image its outputs, `[N][K]`; with one sigmoid, the probability of the second class.
   * @throws {GraftError} `image`, if one cannot be read; `argument`, if something else was given.
   */
  async predict(
    images: readonly ImageSource[] | ImageDataset,
    options: RunModelOptions = {},
  ): Promise<number[][]> {
    const samples = 'samples' in images ? images.samples : unlabeled(images);
    const rows: number[][] = [];
    for await (const { samples: batch, outputs } of this.#run(samples, 'features', options)) {
      const width = outputs.length / batch.length;
      for (let i = 0; i < batch.length; i++) rows.push([...outputs.subarray(i * width, (i + 1) * width)]);
    }
    return rows;
  }

  async *#run(
    samples: readonly Sample[],
    output: 'features' | 'logits',
    { runtime = platform, threads, signal }: RunModelOptions,
  ): AsyncGenerator<{ samples: readonly Sample[]; outputs: Float32Array }> {
    const session = await createSession(
      imageGraph(this, this.output, { preprocessing: this.preprocessing, output }),
      { runtime, threads },
    );
    const [height, width] = this.#imageSize();
    try {
      for await (const batch of imageFiles.decode(samples, {
        width,
        height,
        resize: this.resize,
        batchSize: USUAL_SIZE,
        strict: true,
        signal,
      })) {
        const image = tensor('uint8', [batch.samples.length, height, width, 3], batch.pixels);
        const results = await session.run({ image });
        yield { samples: batch.samples, outputs: results[output]!.data as Float32Array };
        await runtime.nextTurn();
      }
    } finally {
      await session.dispose();
    }
  }

  #samplesOf(data: ImageDataset, classNames: readonly string[]): Sample[] {
    this.#requireSize(data);
    return relabel(data.where, data.samples, data.classNames, classNames);
  }

  #imageSize(): readonly [number, number] {
    const [, height, width] = this.input.shape;
    return [height ?? 0, width ?? 0];
  }

  #requireSize({ where, imageSize }: ImageDataset): void {
    const [height, width] = this.#imageSize();
    if (imageSize[0] === height && imageSize[1] === width) return;
    throw new GraftError('shape', {
      where,
      expected: `imageSize [${height}, ${width}], the model's input`,
      received: `[${imageSize.join(', ')}]`,
      advice: 'Make the data set, or the model, with the other size.',
    });
  }

  #requireCompiled(): Compiled {
    if (this.#compiled !== undefined) return this.#compiled;
    throw new GraftError('argument', {
      where: `model "${this.name}"`,
      expected: 'a model that was compiled',
      received: 'one that was not',
      advice: 'Call model.compile({ optimizer, loss }) first.',
    });
  }
}

function unlabeled(images: readonly ImageSource[]): Sample[] {
  return requireImages('Model.predict', images).map((image, index) =>
    typeof image === 'string'
      ? { file: image, label: 0 }
      : { file: `image ${index + 1} of ${images.length}`, content: image, label: 0 },
  );
}

/** A model from its inputs and outputs, as Keras' `Model(inputs, outputs)` and TensorFlow.js' `tf.model`. */
export function model(options: ModelOptions): Model {
  return new Model(options);
}
