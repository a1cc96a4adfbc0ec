/** @file What the models of runs say of texts, and which of their words speak for it. */

import { TextClassifier } from '../../artifacts/text-classifier.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { decodeImageFilter } from '../../vision/images/image-filter.ts';
import { createWebRuntime } from '../../web/runtime.ts';
import type { ImageExplanation, TryResult } from '../engine/run-state.ts';
import { textOf } from '../project/added-text.ts';
import type { ImageIndex } from '../project/image-index.ts';
import { inTurn } from '../project/in-turn.ts';
import type { SaidOfImage, SaidOfImages } from '../project/run-judgments.ts';
import { saidOfText } from '../project/said-of-text.ts';
import type { KeptRuns } from './kept-runs.ts';
import { siteRuntime } from './wasm-files.ts';

/** Texts of one question, between which others have their turn. */
const BATCH = 128;

/** One model at a time; whoever asks waits for whoever asked before. */
export class TextAnswers {
  readonly #index: ImageIndex;
  readonly #runs: KeptRuns;
  readonly #inTurn = inTurn();
  #opened: { readonly run: string; readonly classifier: TextClassifier } | undefined;

  constructor(index: ImageIndex, runs: KeptRuns) {
    this.#index = index;
    this.#runs = runs;
  }

  /** @throws {GraftError} `argument`, if it is no text. */
  async try(run: string, example: Blob): Promise<TryResult> {
    const text = textOf(new Uint8Array(await example.arrayBuffer()));
    if (text === undefined) throw refusal('text', 'a text', 'none', 'Write some words.');
    return this.#say(run, text);
  }

  /** @param className - Whose words are weighed. Default the predicted one. */
  async explain(run: string, hash: string, className?: string): Promise<ImageExplanation> {
    const [example] = this.#index.withHash(hash);
    if (example === undefined) {
      const where = `text ${hash.slice(0, 8)}`;
      throw refusal(where, 'one of the project', 'none: it was taken away', 'Choose another one.');
    }
    return { ...(await this.#say(run, example.text ?? '', className)), noHeatMap: null };
  }

  /** Of all texts, by their hashes. */
  async ask(run: string, signal: AbortSignal): Promise<SaidOfImages> {
    const { info, trainingImages } = await this.#runs.anyModel(run);
    const { classNames } = info;
    const texts = new Map(
      this.#index.all.flatMap(({ className, hash, text }) =>
        className === null || !hash || text === undefined ? [] : [[hash, text] as const],
      ),
    );
    const said = new Map<string, SaidOfImage>();
    const hashes = [...texts.keys()];
    for (let start = 0; start < hashes.length; start += BATCH) {
      signal.throwIfAborted();
      const some = hashes.slice(start, start + BATCH);
      const predictions = await this.#use(run, (classifier) =>
        classifier.predict(some.map((hash) => texts.get(hash)!)),
      );
      predictions.forEach((prediction, index) => {
        if (!('label' in prediction)) return;
        const { label, probabilities, unknown = false, similarity } = prediction;
        said.set(some[index]!, {
          className: label,
          probabilities: Float32Array.from(classNames, (name) => probabilities[name] ?? 0),
          isUnknown: unknown,
          similarity,
        });
      });
    }
    const filter = trainingImages === undefined ? undefined : decodeImageFilter(trainingImages);
    return { classNames, filter, said };
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#forget());
  }

  #say(run: string, text: string, className?: string): Promise<TryResult> {
    return this.#use(run, (classifier) => saidOfText(classifier, text, className));
  }

  #use<T>(run: string, work: (classifier: TextClassifier) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => work(await this.#open(run)));
  }

  async #open(run: string): Promise<TextClassifier> {
    if (this.#opened?.run === run) return this.#opened.classifier;
    await this.#forget();
    const file = await this.#runs.anyModel(run);
    // One thread, which cannot be lost as it starts.
    const runtime = createWebRuntime({ ...(await siteRuntime()), threads: 1 });
    const classifier = await TextClassifier.of(file, { runtime });
    this.#opened = { run, classifier };
    return classifier;
  }

  async #forget(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.classifier.dispose();
  }
}

function refusal(where: string, expected: string, received: string, advice: string): GraftError {
  return new GraftError('argument', { where, expected, received, advice });
}
