/** @file A trained classifier, read from its file and ready to be asked. */

import type { ModelFile } from '../../artifacts/decode-model-file.ts';
import { imageFormOf } from '../../artifacts/image-form.ts';
import { PixelClassifier, requireTask } from '../../artifacts/pixel-classifier.ts';
import {
  createPrediction,
  type PredictionConfidence,
  type PredictionOptions,
  requireConfidence,
} from '../../artifacts/prediction.ts';
import type { TestTimeAugmentation } from '../../artifacts/test-time-augmentation.ts';
import { type ImageSource, requireImages } from '../../core/examples/image-content.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import { USUAL_SIZE } from '../../core/features/batched-session.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { Runtime, RuntimeOptions } from '../../core/runtime/runtime.ts';
import { type DefaultTask, type Prediction, type Task, taskNamed } from '../../recipe/task.ts';
import { readModelFile } from '../files/model-file.ts';
import { decodeBatches } from '../images/decode-batches.ts';
import { type DecodeImagesOptions, decodeImages } from './image-source.ts';

/** What a model says of a batch of images. */
export interface Predictions {
  readonly samples: readonly Sample[];
  /** `[N, classes]`, row-major: of a regression, these. */
  readonly probabilities: Float32Array;
  /** `[N]`: how like each is to the training images, where the file tells. */
  readonly similarities?: Float32Array | undefined;
}

/** What `Classifier.predict` takes beside the images. */
export interface ClassifyOptions extends PredictionOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface PredictOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onSkip?: (skipped: SkippedFile) => void;
}

/** How a model file is opened. */
export interface OpenOptions<T extends Task = Task> extends RuntimeOptions {
  /** What the model is to tell; it is refused if it tells something else. Default: what `predict` takes it for, classes. */
  readonly task?: T;
  /** Processor threads of one run, >= 1. Default: as many as the machine offers. */
  readonly threads?: number;
  /** Test-time augmentation: `flip` averages what is said of an image and of its mirror image, in twice the time. Default none. */
  readonly tta?: TestTimeAugmentation | undefined;
}

/** How a model is opened, without the end of the call, for advice. */
const OPENED_BY = 'Classifier.open(path';

/**
 * A classifier in use, or another model: `T` is what it tells. Any number of calls may run at once. Dispose of it to free
 * its memory at once.
 */
export class Classifier<T extends Task = DefaultTask> {
  readonly file: ModelFile;
  readonly #pixels: PixelClassifier<Task>;
  readonly #runtime: Runtime;
  readonly #asked: T | undefined;

  private constructor(pixels: PixelClassifier<Task>, runtime: Runtime, asked: T | undefined) {
    this.file = pixels.file;
    this.#pixels = pixels;
    this.#runtime = runtime;
    this.#asked = asked;
  }

  /**
   * Opens a model file.
   *
   * @throws {GraftError} `file-not-found`; `model-file`, also if the model is not for `options.task`.
   */
  static async open<T extends Task = DefaultTask>(
    path: string,
    options: OpenOptions<T> = {},
  ): Promise<Classifier<T>> {
    return Classifier.of(await readModelFile(path), options);
  }

  /** Opens a file that was read before. @throws {GraftError} As {@link open}. */
  static async of<T extends Task = DefaultTask>(
    file: ModelFile,
    { task, threads, tta, runtime = platform }: OpenOptions<T> = {},
  ): Promise<Classifier<T>> {
    if (task !== undefined) requireTask(file, task, OPENED_BY);
    return new Classifier(await PixelClassifier.of<Task>(file, { threads, tta, runtime }), runtime, task);
  }

  /** Names of classes, labels or values. */
  get classNames(): readonly string[] {
    return this.file.info.classNames;
  }

  /** What the model tells of an image: one class, any number of labels, or numbers. */
  get task(): Task {
    return taskNamed<Task>(this.file.info.task).name;
  }

  /**
   * What the model says of an image, or of several.
   *
   * @param image - The path of an image file, its bytes (JPEG, PNG, WebP, GIF, TIFF or AVIF), or pixels
   *   `{ data, width, height }`, of any size.
   * @returns Of classes `{ label, probability, probabilities }`; of labels `{ labels, probabilities }`; of regression
   *   `{ values }`; each with `unknown` and `similarity`, where the file tells. For an array, one for each, in its order.
   * @throws {GraftError} `image`, if an image cannot be read; `argument`, if something else was given;
   *   `model-file`, if the model does not tell classes and was opened without its `task`.
   */
  predict(image: ImageSource, options?: ClassifyOptions): Promise<Prediction<T> & PredictionConfidence>;
  predict(
    images: readonly ImageSource[],
    options?: ClassifyOptions,
  ): Promise<(Prediction<T> & PredictionConfidence)[]>;
  async predict(
    given: ImageSource | readonly ImageSource[],
    { signal, ...told }: ClassifyOptions = {},
  ): Promise<(Prediction<T> & PredictionConfidence) | (Prediction<T> & PredictionConfidence)[]> {
    requireTask(this.file, this.#asked, OPENED_BY);
    requireConfidence(this.file.path, this.file.info, told.confidence);
    const isOne = !Array.isArray(given);
    const images = requireImages('Classifier.predict', isOne ? [given as ImageSource] : given);
    const results: (Prediction<T> & PredictionConfidence)[] = [];
    for await (const { pixels, count } of decodeImages(images, this.#decoding())) {
      signal?.throwIfAborted();
      const { outputs, similarities } = await this.#pixels.runPixels(pixels, count);
      for (let row = 0; row < count; row++) {
        const own = outputs.subarray(row * this.classNames.length, (row + 1) * this.classNames.length);
        const said = createPrediction(this.file.info, own, told, similarities?.[row]);
        results.push(said as Prediction<T> & PredictionConfidence);
      }
      await this.#runtime.nextTurn();
    }
    return isOne ? results[0]! : results;
  }

  /**
   * Probabilities of pixels, or numbers.
   *
   * @param pixels - uint8 RGB, `[count, height, width, 3]` with the size that `file.info.input` tells.
   * @returns `[count, classes]`, row-major.
   */
  predictPixels(pixels: Uint8Array, count: number): Promise<Float32Array> {
    return this.#pixels.predictPixels(pixels, count);
  }

  /**
   * Probabilities of image files, batch by batch, in their order. Unreadable ones are left out and reported.
   *
   * @param files - Paths, or samples with their paths.
   */
  async *predictFiles(
    files: readonly (Sample | string)[],
    options: PredictOptions = {},
  ): AsyncGenerator<Predictions, void, undefined> {
    const samples = files.map((file) => (typeof file === 'string' ? { file, label: 0 } : file));
    for await (const batch of decodeBatches(samples, {
      ...this.#decoding(),
      ...options,
    })) {
      const { outputs, similarities } = await this.#pixels.runPixels(batch.pixels, batch.samples.length);
      yield { samples: batch.samples, probabilities: outputs, similarities };
      await this.#runtime.nextTurn();
    }
  }

  async dispose(): Promise<void> {
    await this.#pixels.dispose();
  }

  #decoding(): DecodeImagesOptions {
    return { ...imageFormOf(this.file.info), batchSize: USUAL_SIZE };
  }
}
