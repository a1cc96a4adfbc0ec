/** @file The runs of a project that a browser keeps: of each its model file, its epochs, and a note. */

import {
  decodeAnyModelFile,
  decodeModelFile,
  type ModelFile,
  type TextModelFile,
} from '../../artifacts/decode-model-file.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { compareNaturally } from '../../core/examples/sample.ts';
import { type TrainedConfidence, trainedConfidence } from '../../events/confidence-report.ts';
import type { RunHistory, RunSummary } from '../engine/run-state.ts';
import type { RecipeChoice } from '../engine/training-state.ts';
import { summaryOf, unfinishedRun } from '../project/run-summary.ts';
import { parseSweep } from '../project/sweep-summary.ts';
import type { KeptFiles } from './kept-files.ts';
import { modelPlace, RUNS } from './kept-places.ts';
import type { EndedTraining } from './queued-trainings.ts';

/** There while a training has not come to its end: what is trained. */
const UNFINISHED = 'unfinished.json';
/** Beside the best of a sweep: all that were tried. */
const SWEEP = 'sweep.json';
const MAX_NOTE_CHARACTERS = 20_000;

export class KeptRuns {
  readonly #files: KeptFiles;
  /** Without their notes: what is in a model file never changes. */
  readonly #known = new Map<string, RunSummary>();

  constructor(files: KeptFiles) {
    this.#files = files;
  }

  /** The latest first. */
  async list(): Promise<readonly RunSummary[]> {
    const names = (await this.#files.names(RUNS)).toSorted(compareNaturally).reverse();
    const runs: RunSummary[] = [];
    for (const run of names) {
      const summary = await this.#summary(run);
      if (summary !== undefined) runs.push({ ...summary, note: await this.#text(run, 'notes.txt') });
    }
    return runs;
  }

  /** A number that no run has, after all that there are. */
  async nextNumber(): Promise<number> {
    const numbers = (await this.#files.names(RUNS)).map((name) => Number(/-(\d+)$/.exec(name)?.[1] ?? 0));
    return Math.max(0, ...numbers) + 1;
  }

  /** Keeps what is to be trained, so that it can be gone on with. @throws {GraftError} `file-write`. */
  begin(run: string, choice: RecipeChoice): Promise<void> {
    return this.#write(run, UNFINISHED, JSON.stringify(choice));
  }

  /** What a run that did not come to its end was to train. @throws {GraftError} `file-not-found`. */
  async unfinished(run: string): Promise<RecipeChoice> {
    const text = await this.#text(run, UNFINISHED);
    if (text !== '') return JSON.parse(text) as RecipeChoice;
    throw new GraftError('file-not-found', {
      where: `run "${run.slice(0, 100)}"`,
      expected: 'one that was stopped or cut off',
      received: 'none of that name, or one that came to its end',
      advice: 'Train again.',
    });
  }

  /** Keeps what a training came to. @param isDone - Whether it came to its end. @throws {GraftError} `file-write`. */
  async add(run: string, { model, history, isDone, sweep }: EndedTraining): Promise<void> {
    await this.#write(run, 'history.json', JSON.stringify(history));
    if (sweep !== undefined) await this.#write(run, SWEEP, JSON.stringify(sweep));
    await this.#files.write(modelPlace(run), model);
    // One that was stopped and then resumed has another model now.
    this.#known.delete(run);
    if (isDone) await this.#files.remove(`${RUNS}/${run}/${UNFINISHED}`);
  }

  /** Forgets a run that has come to nothing; a model of it stays. */
  async forget(run: string): Promise<void> {
    const isTrained = (await this.#files.read(modelPlace(run))) !== undefined;
    await this.#files.remove(isTrained ? `${RUNS}/${run}/${UNFINISHED}` : `${RUNS}/${run}`);
  }

  /** @throws {GraftError} `file-not-found`; `model-file`, if it is damaged. */
  async model(run: string): Promise<ModelFile> {
    return decodeModelFile(await this.modelBytes(run), 'model.onnx');
  }

  /** Of images or of texts. @throws {GraftError} As {@link model}. */
  async anyModel(run: string): Promise<ModelFile | TextModelFile> {
    return decodeAnyModelFile(await this.modelBytes(run), 'model.onnx');
  }

  /** @throws {GraftError} `file-not-found`. */
  async modelBytes(run: string): Promise<Uint8Array> {
    const file = await this.#files.read(modelPlace(run));
    if (file !== undefined) return new Uint8Array(await file.arrayBuffer());
    throw new GraftError('file-not-found', {
      where: `run "${run.slice(0, 100)}"`,
      expected: 'a run of this project',
      received: 'none of that name',
      advice: 'Train first.',
    });
  }

  async history(run: string): Promise<RunHistory> {
    const text = await this.#text(run, 'history.json');
    return text === '' ? [] : (JSON.parse(text) as RunHistory);
  }

  async confidence(run: string): Promise<TrainedConfidence | null> {
    const { info } = await this.anyModel(run);
    return (info.recipe === undefined ? undefined : trainedConfidence(info.confidence)) ?? null;
  }

  /** @throws {GraftError} `file-not-found`, `file-write`. */
  async setNote(run: string, note: string): Promise<void> {
    await this.modelBytes(run);
    await this.#write(run, 'notes.txt', note.slice(0, MAX_NOTE_CHARACTERS));
  }

  async #summary(run: string): Promise<RunSummary | undefined> {
    const canResume = (await this.#text(run, UNFINISHED)) !== '';
    const known = this.#known.get(run);
    if (known !== undefined) return { ...known, canResume };
    const file = await this.#files.read(modelPlace(run));
    if (file === undefined) return canResume ? unfinishedRun(run) : undefined;
    const facts = {
      ...unfinishedRun(run),
      canResume,
      sweep: parseSweep(await this.#text(run, SWEEP)),
      endedMs: file.lastModified,
      modelBytes: file.size,
    };
    const summary = await this.modelBytes(run)
      .then((bytes) => ({ ...facts, ...summaryOf(decodeAnyModelFile(bytes, 'model.onnx'), []) }))
      .catch((error: Error) => ({ ...facts, error: error.message }));
    this.#known.set(run, summary);
    return summary;
  }

  async #text(run: string, name: string): Promise<string> {
    return (await (await this.#files.read(`${RUNS}/${run}/${name}`))?.text()) ?? '';
  }

  #write(run: string, name: string, text: string): Promise<void> {
    return this.#files.write(`${RUNS}/${run}/${name}`, new TextEncoder().encode(text));
  }
}
