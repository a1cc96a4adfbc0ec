/** @file A trained classifier, read from its file and ready to be asked. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeBatches } from '../data/decode-batches.ts';
import type { Sample, SkippedFile } from '../data/sample.ts';
import { createSession } from '../runtime/node-session.ts';
import type { Session } from '../runtime/session.ts';
import { tensor } from '../tensor/tensor.ts';
import { USUAL_SIZE } from '../training/batched-session.ts';
import type { Task } from '../training/task.ts';
import { outputOf } from './classifier-file.ts';
import { type ModelFile, readModelFile } from './model-file.ts';

/** What a model says of a batch of pictures. */
export interface Predictions {
  readonly samples: readonly Sample[];
  /** `[N, classes]`, row-major: of a model of numbers, these. */
  readonly probabilities: Float32Array;
}

export interface PredictOptions {
  readonly signal?: AbortSignal;
  readonly onSkip?: (skipped: SkippedFile) => void;
}

/** A classifier in use. Dispose of it to free its memory at once. */
export class Classifier {
  readonly file: ModelFile;
  readonly #session: Session;

  private constructor(file: ModelFile, session: Session) {
    this.file = file;
    this.#session = session;
  }

  /**
   * Opens a model file.
   *
   * @throws {GraftError} `file-not-found` or `model-file`.
   */
  static async open(path: string, options: { readonly threads?: number } = {}): Promise<Classifier> {
    const file = await readModelFile(path);
    return new Classifier(file, await createSession(file.bytes, options));
  }

  /** Names of classes, labels or numbers. */
  get classes(): readonly string[] {
    return this.file.info.classes;
  }

  /** What the model tells of a picture: one class, any number of labels, or numbers. */
  get task(): Task {
    return this.file.info.task ?? 'single-label';
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
    return results[outputOf(this.task).outputName]!.data as Float32Array;
  }

  /** Probabilities of picture files, batch by batch, in their order. Unreadable ones are left out and reported. */
  async *predictFiles(
    samples: readonly Sample[],
    options: PredictOptions = {},
  ): AsyncGenerator<Predictions, void, undefined> {
    const { widthPx: width, heightPx: height, interpolation = 'libvips' } = this.file.info.input;
    for await (const batch of decodeBatches(samples, {
      width,
      height,
      interpolation,
      batchSize: USUAL_SIZE,
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
}
