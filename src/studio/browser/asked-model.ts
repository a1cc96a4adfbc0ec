/** @file The model that pages ask: opened once, with what its heat maps need, until another run is asked. */

import type { ModelFile } from '../../artifacts/decode-model-file.ts';
import { ActivationMaps } from '../../artifacts/explain/activation-maps.ts';
import type { Runtime } from '../../core/runtime/runtime.ts';
import { Classifier } from '../../web/classifier.ts';
import { createWebRuntime } from '../../web/runtime.ts';
import { withSideBySide } from '../../web/side-by-side.ts';
import { inTurn } from '../project/in-turn.ts';
import { siteWork } from './site-worker.ts';
import { siteRuntime } from './wasm-files.ts';

interface Opened {
  readonly run: string;
  readonly classifier: Classifier;
  maps: Promise<ActivationMaps> | undefined;
}

/** One model at a time; whoever asks waits for whoever asked before. */
export class AskedModel {
  readonly #read: (run: string) => Promise<ModelFile>;
  #opened: Opened | undefined;
  readonly #inTurn = inTurn();

  constructor(read: (run: string) => Promise<ModelFile>) {
    this.#read = read;
  }

  /** @param work - The model is not closed before it ends. @throws {GraftError} `model-file`, `file-not-found`. */
  use<T>(run: string, work: (classifier: Classifier) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => work((await this.#open(run)).classifier));
  }

  /** As {@link use}, with heat maps. @throws {GraftError} `gradient`, if the model has none. */
  explain<T>(run: string, work: (classifier: Classifier, maps: ActivationMaps) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      const opened = await this.#open(run);
      opened.maps ??= openMaps(opened.classifier.file);
      return work(opened.classifier, await opened.maps);
    });
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#forget());
  }

  async #open(run: string): Promise<Opened> {
    if (this.#opened?.run === run) return this.#opened;
    await this.#forget();
    const file = await this.#read(run);
    const classifier = await Classifier.of(file, { runtime: await answeringRuntime() });
    this.#opened = { run, classifier, maps: undefined };
    return this.#opened;
  }

  async #forget(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.classifier.dispose();
    await (await opened?.maps?.catch(() => undefined))?.dispose();
  }
}

/**
 * A model answers in workers of one thread: what is shown to a webcam does not hold the studio up, and no thread can be lost as it starts.
 */
async function answeringRuntime(): Promise<Runtime> {
  const { worker: start, backbone: _, ...settings } = await siteWork();
  const alone = createWebRuntime({ ...settings, threads: 1 });
  const runtime = withSideBySide(alone, { start, count: navigator.hardwareConcurrency, settings });
  return {
    ...runtime,
    createSession: (model, name, options) =>
      runtime.createSession(model, name, { ...options, sideBySide: true }),
  };
}

async function openMaps(file: ModelFile): Promise<ActivationMaps> {
  return ActivationMaps.of(file, { runtime: createWebRuntime({ ...(await siteRuntime()), threads: 1 }) });
}
