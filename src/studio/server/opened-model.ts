/** @file The model that pages ask of single images: opened once, with what its heat maps need, until another run is asked. */

import { stat } from 'node:fs/promises';
import { ActivationMaps } from '../../artifacts/explain/activation-maps.ts';
import { Classifier } from '../../node/artifacts/classifier.ts';
import { DEFAULT_TASK, type Task } from '../../recipe/task.ts';
import { inTurn } from '../project/in-turn.ts';

interface Opened {
  /** Path, time of change and size. */
  readonly stamp: string;
  readonly classifier: Classifier<Task>;
  maps: Promise<ActivationMaps> | undefined;
}

/** One model at a time; whoever asks waits for whoever asked before. */
export class OpenedModel {
  #opened: Opened | undefined;
  readonly #inTurn = inTurn();

  /**
   * @param path - Of the model file.
   * @param work - The model is not closed before it ends.
   * @throws {GraftError} `model-file`.
   */
  async use<T>(path: string, work: (classifier: Classifier<Task>) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => work((await this.#open(path)).classifier));
  }

  /** As {@link use}, with heat maps. @throws {GraftError} `gradient`, if the model has none. */
  async explain<T>(
    path: string,
    work: (classifier: Classifier<Task>, maps: ActivationMaps) => Promise<T>,
  ): Promise<T> {
    return this.#inTurn(async () => {
      const opened = await this.#open(path);
      opened.maps ??= ActivationMaps.of(opened.classifier.file);
      return work(opened.classifier, await opened.maps);
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#forget());
  }

  async #open(path: string): Promise<Opened> {
    const { mtimeMs, size } = await stat(path);
    const stamp = `${path} ${mtimeMs} ${size}`;
    if (this.#opened?.stamp === stamp) return this.#opened;
    await this.#forget();
    const classifier = await Classifier.open<Task>(path, { task: DEFAULT_TASK });
    this.#opened = { stamp, classifier, maps: undefined };
    return this.#opened;
  }

  async #forget(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.classifier.dispose();
    const maps = await opened?.maps?.catch(() => undefined);
    await maps?.dispose();
  }
}
