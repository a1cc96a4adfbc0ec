/** @file A trained classifier in use, on pixels that the caller has: all that it needs of a machine is a session. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { Session } from '../core/runtime/session.ts';
import { tensor } from '../core/tensor/tensor.ts';
import { type DefaultTask, type Prediction, type Task, taskNamed } from '../recipe/task.ts';
import { decodeModelFile, type ModelFile } from './decode-model-file.ts';
import { modelFileError } from './model-info.ts';
import { type ModelOutputs, readOutputs } from './model-outputs.ts';
import { type ModelSessionOptions, openModelSession } from './model-session.ts';
import {
  createPrediction,
  type PredictionConfidence,
  type PredictionOptions,
  requireConfidence,
} from './prediction.ts';
import {
  averageFlips,
  TEST_TIME_AUGMENTATIONS,
  type TestTimeAugmentation,
} from './test-time-augmentation.ts';

/** How a model of images is opened. */
export interface PixelSessionOptions extends ModelSessionOptions {
  /** Test-time augmentation: `flip` averages what is said of an image and of its mirror image, in twice the time. Default none. */
  readonly tta?: TestTimeAugmentation | undefined;
}

export interface LoadClassifierOptions<T extends Task = Task> extends PixelSessionOptions {
  /** What the model is to tell; it is refused if it tells something else. Default: what `predict` takes it for, classes. */
  readonly task?: T | undefined;
  /** What messages call the file. Default `model.onnx`. */
  readonly name?: string | undefined;
}

/** A model on pixels: `T` is what it tells. Any number of calls may run at once. Dispose of it to free its memory at once. */
export class PixelClassifier<T extends Task = DefaultTask> {
  readonly file: ModelFile;
  readonly #session: Session;
  readonly #asked: T | undefined;
  readonly #tta: TestTimeAugmentation | undefined;

  private constructor(
    file: ModelFile,
    session: Session,
    asked: T | undefined,
    tta: TestTimeAugmentation | undefined,
  ) {
    this.file = file;
    this.#session = session;
    this.#asked = asked;
    this.#tta = tta;
  }

  /**
   * Loads a model from the bytes of its file.
   *
   * @throws {GraftError} `model-file`, also if the model is not for `options.task`.
   */
  static async load<T extends Task = DefaultTask>(
    bytes: Uint8Array,
    { task, name = 'model.onnx', ...options }: LoadClassifierOptions<T> = {},
  ): Promise<PixelClassifier<T>> {
    const file = decodeModelFile(bytes, name);
    if (task !== undefined) requireTask(file, task, LOADED_BY);
    return PixelClassifier.of(file, options, task);
  }

  /** Loads a model from a file that was decoded before. */
  static async of<T extends Task = DefaultTask>(
    file: ModelFile,
    { tta, ...options }: PixelSessionOptions = {},
    task?: T,
  ): Promise<PixelClassifier<T>> {
    requireKnown(tta);
    return new PixelClassifier(file, await openModelSession(file, options), task, tta);
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
   * What the model says of images.
   *
   * @param pixels - uint8 RGB, `[count, height, width, 3]`, values in [0, 255], with the size that `file.info.input` tells.
   * @returns One for each, in their order: of classes `{ label, probability, probabilities }`; of labels
   *   `{ labels, probabilities }`; of regression `{ values }`. Each with `unknown` and `similarity`, where the file tells.
   * @throws {GraftError} `shape`, if the pixels are not so many; `model-file`, if the model does not tell classes and was
   *   loaded without its `task`.
   */
  async predict(
    pixels: Uint8Array | Uint8ClampedArray,
    count = 1,
    options: PredictionOptions = {},
  ): Promise<(Prediction<T> & PredictionConfidence)[]> {
    requireTask(this.file, this.#asked, LOADED_BY);
    requireConfidence(this.file.path, this.file.info, options.confidence);
    const { widthPx, heightPx } = this.file.info.input;
    if (pixels.length !== count * heightPx * widthPx * 3) {
      throw new GraftError('shape', {
        where: `model "${this.file.path}"`,
        expected: `pixels [${count}, ${heightPx}, ${widthPx}, 3]`,
        received: `${pixels.length} numbers`,
        advice: 'Give RGB without alpha, in the size that file.info.input tells.',
      });
    }
    const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.length);
    const { outputs, similarities } = await this.runPixels(bytes, count);
    const width = this.classNames.length;
    return Array.from({ length: count }, (_, row) => {
      const own = outputs.subarray(row * width, (row + 1) * width);
      return createPrediction(this.file.info, own, options, similarities?.[row]) as Prediction<T> &
        PredictionConfidence;
    });
  }

  /**
   * Probabilities of pixels, or numbers.
   *
   * @param pixels - uint8 RGB, `[count, height, width, 3]` with the size that `file.info.input` tells.
   * @returns `[count, classes]`, row-major.
   */
  async predictPixels(pixels: Uint8Array, count: number): Promise<Float32Array> {
    return (await this.runPixels(pixels, count)).outputs;
  }

  /** The same, with the similarity of each image to the training images, where the file tells. */
  async runPixels(pixels: Uint8Array, count: number): Promise<ModelOutputs> {
    const { widthPx, heightPx } = this.file.info.input;
    const run = async (seen: Uint8Array): Promise<ModelOutputs> => {
      const image = tensor('uint8', [count, heightPx, widthPx, 3], seen);
      return readOutputs(this.file, await this.#session.run({ image }), count, 'images');
    };
    return this.#tta === 'flip' ? averageFlips(pixels, widthPx, run) : run(pixels);
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }
}

/** @throws {GraftError} `argument`. */
function requireKnown(tta: string | undefined): void {
  if (tta === undefined || TEST_TIME_AUGMENTATIONS.some((known) => known === tta)) return;
  throw new GraftError('argument', {
    where: 'option "tta"',
    expected: TEST_TIME_AUGMENTATIONS.map((known) => `"${known}"`).join(' or '),
    received: `"${tta}"`,
    advice: 'Correct it, or leave it out.',
  });
}

/** How a model is opened, without the end of the call, for advice. */
const LOADED_BY = 'PixelClassifier.load(bytes';

/**
 * Refuses a model that tells something else than is wanted of it.
 *
 * @param wanted - Default what `predict` takes a model for, classes.
 * @param openedBy - How it is opened, without the end of the call: `Classifier.open(path`.
 * @throws {GraftError} `model-file`.
 */
export function requireTask({ path, info }: ModelFile, wanted: Task | undefined, openedBy: string): void {
  const [asked, given] = [taskNamed<Task>(wanted), taskNamed<Task>(info.task)];
  if (asked === given) return;
  throw modelFileError(
    path,
    `a model of ${asked.words.gives}`,
    `one of ${given.words.gives}`,
    `Open it with ${openedBy}${given === taskNamed() ? '' : `, { task: '${given.name}' }`}).`,
  );
}
