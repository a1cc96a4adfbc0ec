/** @file A trained classifier in a page, ready to be asked: of files, pixels, and what a video shows. */

import type { ModelFile } from '../artifacts/decode-model-file.ts';
import { imageFormOf } from '../artifacts/image-form.ts';
import { type LoadClassifierOptions, PixelClassifier } from '../artifacts/pixel-classifier.ts';
import type { PredictionConfidence, PredictionOptions } from '../artifacts/prediction.ts';
import type { DefaultTask, Prediction, Task } from '../recipe/task.ts';
import { fetchFile } from './backbone-source.ts';
import { type BrowserImage, imagePixels } from './image-pixels.ts';
import { isBlob } from './is-blob.ts';

/** What `Classifier.predict` takes beside the images. */
export interface PredictOptions extends PredictionOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Images that go through the network at once. */
const BATCH_SIZE = 4;

/**
 * A classifier in use, or another model: `T` is what it tells. Any number of calls may run at once. Dispose of it to free
 * its memory at once.
 */
export class Classifier<T extends Task = DefaultTask> {
  readonly #pixels: PixelClassifier<T>;

  private constructor(pixels: PixelClassifier<T>) {
    this.#pixels = pixels;
  }

  /**
   * Opens a model file.
   *
   * @param model - Its address, the file itself, or its bytes.
   * @throws {GraftError} `file-not-found`; `model-file`, also if the model is not for `options.task`.
   */
  static async open<T extends Task = DefaultTask>(
    model: string | URL | Blob | Uint8Array,
    { name, ...options }: LoadClassifierOptions<T> = {},
  ): Promise<Classifier<T>> {
    const { bytes, called } = await contentOf(model);
    return new Classifier(await PixelClassifier.load(bytes, { ...options, name: name ?? called }));
  }

  /** Opens a file that was decoded before. @throws {GraftError} As {@link open}. */
  static async of<T extends Task = DefaultTask>(
    file: ModelFile,
    { task, ...options }: Omit<LoadClassifierOptions<T>, 'name'> = {},
  ): Promise<Classifier<T>> {
    return new Classifier(await PixelClassifier.of(file, options, task));
  }

  /** What the file says of itself. */
  get file(): ModelFile {
    return this.#pixels.file;
  }

  /** Names of classes, labels or values. */
  get classNames(): readonly string[] {
    return this.#pixels.classNames;
  }

  /** What the model tells of an image: one class, any number of labels, or numbers. */
  get task(): Task {
    return this.#pixels.task;
  }

  /**
   * What the model says of an image, or of several.
   *
   * @param image - A file (`File`, `Blob`), `ImageData`, a video or canvas, whose frame is taken, an `<img>` or an `ImageBitmap`, of any size.
   * @returns Of classes `{ label, probability, probabilities }`; of labels `{ labels, probabilities }`; of regression
   *   `{ values }`; each with `unknown` and `similarity`, where the file tells. For an array, one for each, in its order.
   * @throws {GraftError} `image`, if an image cannot be read; `argument`, if something else was given;
   *   `model-file`, if the model does not tell classes and was opened without its `task`. And the signal's reason.
   */
  predict(image: BrowserImage, options?: PredictOptions): Promise<Prediction<T> & PredictionConfidence>;
  predict(
    images: readonly BrowserImage[],
    options?: PredictOptions,
  ): Promise<(Prediction<T> & PredictionConfidence)[]>;
  async predict(
    given: BrowserImage | readonly BrowserImage[],
    { signal, ...told }: PredictOptions = {},
  ): Promise<(Prediction<T> & PredictionConfidence) | (Prediction<T> & PredictionConfidence)[]> {
    const isOne = !Array.isArray(given);
    const images = (isOne ? [given] : given) as readonly BrowserImage[];
    const predictions: (Prediction<T> & PredictionConfidence)[] = [];
    const form = imageFormOf(this.file.info);
    for (let start = 0; start < images.length; start += BATCH_SIZE) {
      signal?.throwIfAborted();
      const batch = images.slice(start, start + BATCH_SIZE);
      const each = await Promise.all(batch.map((image) => imagePixels(image, form)));
      const pixels = new Uint8Array(batch.length * form.width * form.height * 3);
      each.forEach((own, index) => {
        pixels.set(own, index * own.length);
      });
      signal?.throwIfAborted();
      predictions.push(...(await this.#pixels.predict(pixels, batch.length, told)));
    }
    return isOne ? predictions[0]! : predictions;
  }

  /** Frees its memory. */
  async dispose(): Promise<void> {
    await this.#pixels.dispose();
  }
}

async function contentOf(
  model: string | URL | Blob | Uint8Array,
): Promise<{ readonly bytes: Uint8Array; readonly called: string }> {
  if (model instanceof Uint8Array) return { bytes: model, called: 'model.onnx' };
  if (isBlob(model)) {
    const { name = 'model.onnx' } = model as Blob & { readonly name?: string };
    return { bytes: new Uint8Array(await model.arrayBuffer()), called: name };
  }
  const advice = 'Serve the file, and give its address.';
  return { bytes: await fetchFile(model, 'model', advice), called: String(model) };
}
