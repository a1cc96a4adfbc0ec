/** @file What a run's model says of a text, and which of its words speak for it. */

import { stat } from 'node:fs/promises';
import { TextClassifier } from '../../artifacts/text-classifier.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { readAnyModelFile } from '../../node/files/model-file.ts';
import type { ImageExplanation, TryResult } from '../engine/run-state.ts';
import { textOf } from '../project/added-text.ts';
import { inTurn } from '../project/in-turn.ts';
import { saidOfText } from '../project/said-of-text.ts';
import type { StudioProject } from './studio-project.ts';

/** One model of texts at a time, opened until another run is asked. */
export class TextExplanations {
  readonly #project: StudioProject;
  readonly #inTurn = inTurn();
  #opened: { readonly stamp: string; readonly classifier: TextClassifier } | undefined;

  constructor(project: StudioProject) {
    this.#project = project;
  }

  /** @throws {GraftError} `argument`, if it is no text; `model-file`. */
  async try(model: string, bytes: Uint8Array): Promise<TryResult> {
    const text = textOf(bytes);
    if (text === undefined) throw refusal('text', 'a text', 'none', 'Write some words.');
    return this.#ask(model, text);
  }

  /** @param className - Whose words are weighed. Default the predicted one. */
  async explain(model: string, hash: string, className?: string): Promise<ImageExplanation> {
    const [example] = this.#project.index.withHash(hash);
    if (example === undefined) {
      const advice = 'Choose another one.';
      throw refusal(
        `text ${hash.slice(0, 8)}`,
        'one of the project',
        'none: it was changed or taken away',
        advice,
      );
    }
    await this.#project.contents.hash([example]);
    return { ...(await this.#ask(model, example.text ?? '', className)), noHeatMap: null };
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#forget());
  }

  #ask(model: string, text: string, className?: string): Promise<TryResult> {
    return this.#inTurn(async () => saidOfText(await this.#open(model), text, className));
  }

  async #open(path: string): Promise<TextClassifier> {
    const { mtimeMs, size } = await stat(path);
    const stamp = `${path} ${mtimeMs} ${size}`;
    if (this.#opened?.stamp === stamp) return this.#opened.classifier;
    await this.#forget();
    const classifier = await TextClassifier.of(await readAnyModelFile(path));
    this.#opened = { stamp, classifier };
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
