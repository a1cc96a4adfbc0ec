/** @file What pages ask of the models of runs: what they say of images, why, how sure they are, and which of two is better. */

import { stat } from 'node:fs/promises';
import { GraftError } from '../../core/errors/graft-error.ts';
import type {
  ImageExplanation,
  NeighborImage,
  RunComparison,
  RunConfidence,
  RunHistory,
  RunResults,
  RunSummary,
  ThresholdChoice,
  TryResult,
} from '../engine/run-state.ts';
import { compareJudges, unfinishedComparison } from '../project/run-comparison.ts';
import { type Judge, RunJudgments } from '../project/run-judgments.ts';
import { probabilitiesOf } from '../project/said-of-image.ts';
import { thresholdChoice } from '../project/threshold-choice.ts';
import { askModel } from './ask-model.ts';
import { Explanations, type HeatMapRequest } from './explanations.ts';
import { OpenedModel } from './opened-model.ts';
import { RunList } from './run-list.ts';
import type { StudioProject } from './studio-project.ts';
import { TextExplanations } from './text-explanations.ts';

export class RunInsights {
  readonly #project: StudioProject;
  readonly #runs: RunList;
  readonly #judgments: RunJudgments;
  readonly #opened = new OpenedModel();
  readonly #explanations: Explanations;
  readonly #texts: TextExplanations;
  #comparison: { readonly key: string; readonly comparison: RunComparison } | undefined;

  /** @param cwd - Where `graft-runs` lies. */
  constructor(project: StudioProject, cwd: string, onResults: (results: RunResults) => void) {
    this.#project = project;
    this.#runs = new RunList(project, cwd);
    this.#judgments = new RunJudgments(
      project.index,
      (run, signal) => askModel(project, { model: this.#runs.modelPath(run), cwd, signal }),
      onResults,
    );
    this.#explanations = new Explanations(project, cwd, this.#opened);
    this.#texts = new TextExplanations(project);
  }

  list(): Promise<readonly RunSummary[]> {
    return this.#runs.list();
  }

  /** Forgets what a model said: its run is trained on. */
  forget(run: string): void {
    this.#judgments.forget(run);
  }

  judgeOf(run: string): Judge | undefined {
    return this.#judgments.judgeOf(run);
  }

  async history(run: string): Promise<RunHistory> {
    await this.requireRun(run);
    return this.#runs.history(run);
  }

  async judge(run: string): Promise<RunResults> {
    await this.requireModel(run);
    return this.#judgments.judge(run);
  }

  async results(run: string): Promise<RunResults> {
    await this.requireRun(run);
    return this.#judgments.results(run);
  }

  /** @param example - The bytes of an image file, or of a text. */
  async try(run: string, example: Uint8Array): Promise<TryResult> {
    const model = await this.requireModel(run);
    if (this.#project.holds === 'texts') return this.#texts.try(model, example);
    return this.#opened.use(model, async (classifier) =>
      probabilitiesOf(classifier.classNames, await classifier.predict(example)),
    );
  }

  async explain(run: string, hash: string, className?: string): Promise<ImageExplanation> {
    const model = await this.requireModel(run);
    if (this.#project.holds === 'texts') return this.#texts.explain(model, hash, className);
    return this.#explanations.explain(model, hash);
  }

  async heatMap(run: string, asked: Omit<HeatMapRequest, 'model'>): Promise<Uint8Array | undefined> {
    return this.#explanations.heatMap({ model: await this.requireModel(run), ...asked });
  }

  async neighbors(run: string, hash: string): Promise<readonly NeighborImage[]> {
    return this.#explanations.neighbors(await this.requireModel(run), hash);
  }

  async confidence(run: string): Promise<RunConfidence | null> {
    await this.requireModel(run);
    return this.#runs.confidence(run);
  }

  async thresholds(run: string, className: string): Promise<ThresholdChoice> {
    await this.requireModel(run);
    return thresholdChoice(this.#project.index.all, this.#judgments.judgeOf(run), className);
  }

  async compare(first: string, second: string): Promise<RunComparison> {
    const results = await Promise.all(
      [first, second].map(async (run) => {
        const known = await this.results(run);
        return known.status === 'none' ? this.judge(run) : known;
      }),
    );
    const [a, b] = [this.#judgments.judgeOf(first), this.#judgments.judgeOf(second)];
    if (a === undefined || b === undefined) return unfinishedComparison(results);
    // Thousands of resamples of thousands of images: once for each state of the labels.
    const key = JSON.stringify([first, second, this.#project.index.version]);
    if (this.#comparison?.key !== key) {
      this.#comparison = { key, comparison: compareJudges(this.#project.index.all, [a, b]) };
    }
    return this.#comparison.comparison;
  }

  async setNote(run: string, note: string): Promise<void> {
    await this.requireRun(run);
    await this.#runs.setNote(run, note);
  }

  async close(): Promise<void> {
    this.#judgments.close();
    this.#explanations.close();
    await this.#opened.close();
    await this.#texts.close();
  }

  /** The model file of a run. @throws {GraftError} `file-not-found`. */
  async requireModel(run: string): Promise<string> {
    await this.requireRun(run);
    const path = this.#runs.modelPath(run);
    if ((await stat(path).catch(() => undefined)) !== undefined) return path;
    throw noRun(run, 'one without a model');
  }

  /** @throws {GraftError} `file-not-found`. */
  async requireRun(run: string): Promise<void> {
    if (!(await this.#runs.has(run))) throw noRun(run, 'none of that name');
  }
}

function noRun(run: string, received: string): GraftError {
  return new GraftError('file-not-found', {
    where: `run "${run.slice(0, 100)}"`,
    expected: 'a run of this project',
    received,
    advice: 'Train first.',
  });
}
