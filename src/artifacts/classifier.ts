/** @file A trained classifier, read from its file and ready to be asked. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeBatches } from '../data/decode-batches.ts';
import type { Sample, SkippedFile } from '../data/sample.ts';
import { GraftError } from '../errors/graft-error.ts';
import { USUAL_SIZE } from '../features/batched-session.ts';
import type { Task } from '../recipe/task.ts';
import { createSession } from '../runtime/node-session.ts';
import type { Session } from '../runtime/session.ts';
import { tensor } from '../tensor/tensor.ts';
import { outputOf } from './classifier-file.ts';
import { type DecodeImagesOptions, decodeImages, type ImageSource, requireImages } from './image-source.ts';
import { type ModelFile, readModelFile } from './model-file.ts';
import { modelFileError } from './model-info.ts';
import { createPrediction, type Prediction } from './prediction.ts';

/** What a model says of a batch of images. */
export interface Predictions {
  readonly samples: readonly Sample[];
  /** `[N, classes]`, row-major: of a model of numbers, these. */
  readonly probabilities: Float32Array;
}

export interface PredictOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onSkip?: (skipped: SkippedFile) => void;
}

export interface OpenOptions<T extends Task = Task> {
  /** What the model is to tell; it is refused if it tells something else. Default: what `predict` takes it for, classes. */
  readonly task?: T;
  /** Processor threads of one run, >= 1. Default: as many as the machine offers. */
  readonly threads?: number;
}

/**
 * A classifier in use, or another model: `T` is what it tells. Any number of calls may run at once. Dispose of it to free
 * its memory at once.
 */
export class Classifier<T extends Task = 'single-label'> {
  readonly file: ModelFile;
  readonly #session: Session;
  readonly #asked: T | undefined;

  private constructor(file: ModelFile, session: Session, asked: T | undefined) {
    this.file = file;
    this.#session = session;
    this.#asked = asked;
  }

  /**
   * Opens a model file.
   *
   * @throws {GraftError} `file-not-found`; `model-file`, also if the model is not for `options.task`.
   */
  static async open<T extends Task = 'single-label'>(
    path: string,
    options: OpenOptions<T> = {},
  ): Promise<Classifier<T>> {
    const { task, ...sessionOptions } = options;
    const file = await readModelFile(path);
    if (task !== undefined) requireTask(file, task);
    return new Classifier(file, await sessionOf(file, sessionOptions), task);
  }

  /** Names of classes, labels or numbers. */
  get classes(): readonly string[] {
    return this.file.info.classes;
  }

  /** What the model tells of an image: one class, any number of labels, or numbers. */
  get task(): Task {
    return this.file.info.task ?? 'single-label';
  }

  /**
   * What the model says of an image, or of several.
   *
   * @param image - The path of an image file, or its bytes: JPEG, PNG, WebP, GIF, TIFF or AVIF, of any size.
   * @returns Of classes `{ label, probability, probabilities }`; of labels `{ labels, probabilities }`; of regression
   *   `{ values }`. For an array, one for each, in its order.
   * @throws {GraftError} `image`, if an image cannot be read; `argument`, if something else was given;
   *   `model-file`, if the model does not tell classes and was opened without its `task`.
   */
  predict(image: ImageSource, options?: { readonly signal?: AbortSignal }): Promise<Prediction<T>>;
  predict(
    images: readonly ImageSource[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<Prediction<T>[]>;
  async predict(
    given: ImageSource | readonly ImageSource[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Prediction<T> | Prediction<T>[]> {
    requireTask(this.file, this.#asked ?? 'single-label');
    const isOne = !Array.isArray(given);
    const images = requireImages('Classifier.predict', isOne ? [given as ImageSource] : given);
    const results: Prediction<T>[] = [];
    for await (const { pixels, count } of decodeImages(images, this.#decoding())) {
      signal?.throwIfAborted();
      const values = await this.predictPixels(pixels, count);
      for (let row = 0; row < count; row++) {
        const own = values.subarray(row * this.classes.length, (row + 1) * this.classes.length);
        results.push(createPrediction(this.file.info, own) as Prediction<T>);
      }
      await nextTurn();
    }
    return isOne ? results[0]! : results;
  }

  /**
   * Probabilities of pixels, or numbers.
   *
   * @param pixels - uint8 RGB, `[count, height, width, 3]` with the size that `file.info.input` tells.
   * @returns `[count, classes]`, row-major.
   */
  async predictPixels(pixels: Uint8Array, count: number): Promise<Float32Array> {
    const { widthPx, heightPx } = this.file.info.input;
    const image = tensor('uint8', [count, heightPx, widthPx, 3], pixels);
    const results = await this.#session.run({ image });
    const { data } = results[outputOf(this.task).outputName]!;
    // The file's shapes were compared when it was opened; rows of another width would be other images' results.
    if (data.length !== count * this.classes.length) {
      throw modelFileError(
        this.file.path,
        `${count * this.classes.length} numbers for ${count} images`,
        `${data.length}`,
        'The file was changed after it was written: train again, or use another copy.',
      );
    }
    return data as Float32Array;
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
      const probabilities = await this.predictPixels(batch.pixels, batch.samples.length);
      yield { samples: batch.samples, probabilities };
      await nextTurn();
    }
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }

  /** How images are decoded for this model: files that do not tell were trained on the older way of enlarging. */
  #decoding(): DecodeImagesOptions {
    const { widthPx: width, heightPx: height, interpolation = 'libvips' } = this.file.info.input;
    return { width, height, interpolation, batchSize: USUAL_SIZE };
  }
}

async function sessionOf(file: ModelFile, options: { readonly threads?: number }): Promise<Session> {
  try {
    return await createSession(file.bytes, options);
  } catch (cause) {
    if (!(cause instanceof GraftError)) throw cause;
    throw modelFileError(
      file.path,
      'a graph that ONNX Runtime can run',
      cause.parts.received,
      'The file was changed after it was written: train again, or use another copy.',
      cause,
    );
  }
}

const TOLD: Readonly<Record<Task, string>> = {
  'single-label': 'classes',
  'multi-label': 'labels',
  regression: 'values (regression)',
};

function requireTask({ path, info }: ModelFile, wanted: Task): void {
  const { task = 'single-label' } = info;
  if (task === wanted) return;
  throw modelFileError(
    path,
    `a model of ${TOLD[wanted]}`,
    `one of ${TOLD[task]}`,
    `Open it with Classifier.open(path${task === 'single-label' ? '' : `, { task: '${task}' }`}).`,
  );
}
