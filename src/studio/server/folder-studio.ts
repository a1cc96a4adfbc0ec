/** @file The studio on a folder: everything that pages may ask, with the files of this machine. */

import { stat } from 'node:fs/promises';
import { GraftError } from '../../core/errors/graft-error.ts';
import { Classifier } from '../../node/artifacts/classifier.ts';
import type { ExportFormat } from '../../node/export/export-report.ts';
import type { Task } from '../../recipe/task.ts';
import type { AddReport, EditReport, ImageQuery, ImageRow, ImageWindow } from '../engine/project-state.ts';
import type {
  ExportResult,
  FormField,
  Preflight,
  RunHistory,
  RunResults,
  TryResult,
} from '../engine/run-state.ts';
import type { RecipeChoice, TrainingState } from '../engine/training-state.ts';
import type { AddableFile } from './added-files.ts';
import { placeOfExport } from './export-place.ts';
import { startGraft } from './graft-process.ts';
import type { IndexedImage } from './image-index.ts';
import { NewsBoard } from './news.ts';
import { Project } from './project.ts';
import { nameOf } from './project-paths.ts';
import { recipeForm } from './recipe-form.ts';
import { RunList } from './run-list.ts';
import { RunJudgments } from './run-results.ts';
import { Trainings } from './trainings.ts';

/** A page never asks for more images at once. */
export const MAX_WINDOW = 400;

/** The studio of one project. */
export class FolderStudio {
  readonly news: NewsBoard = new NewsBoard();
  readonly project: Project;
  readonly #cwd: string;
  readonly #trainings: Trainings;
  readonly #runs: RunList;
  readonly #judgments: RunJudgments;
  #model: { readonly run: string; readonly stamp: string; readonly classifier: Classifier<Task> } | undefined;

  private constructor(open: (onChange: () => void) => Project, cwd: string) {
    this.#cwd = cwd;
    this.project = open(() => this.news.tell({ type: 'project', project: this.project.state() }));
    const { root } = this.project;
    this.#runs = new RunList(root, cwd);
    this.#judgments = new RunJudgments(this.project, cwd, (results) =>
      this.news.tell({ type: 'results', results }),
    );
    this.#trainings = new Trainings({
      root,
      cwd,
      onChange: (training) => {
        if (training !== undefined) this.news.tell({ type: 'training', training });
        else this.news.tell({ type: 'trainings', trainings: this.#trainings.all });
      },
      onEnd: () => void this.tellRuns().catch(() => undefined),
    });
  }

  /**
   * Opens a folder, and begins to read it.
   *
   * @param cwd - Where `graft-runs` lies.
   * @throws {GraftError} As `Project.open`.
   */
  static async open(folder: string, cwd: string): Promise<FolderStudio> {
    let onChange = (): void => {};
    const project = await Project.open(folder, () => onChange());
    const studio = new FolderStudio((hear) => {
      onChange = hear;
      return project;
    }, cwd);
    studio.news.tell({ type: 'project', project: project.state() });
    studio.news.tell({ type: 'trainings', trainings: [] });
    void studio.rescan().catch(() => undefined);
    void studio.tellRuns().catch(() => undefined);
    return studio;
  }

  async images(query: ImageQuery, from: number, count: number): Promise<ImageWindow> {
    const { index, contents } = this.project;
    const found = this.#find(query);
    const window = found.slice(from, from + Math.min(count, MAX_WINDOW));
    await contents.hash(window);
    const judge = query.judged === undefined ? undefined : this.#judgments.judgeOf(query.judged.run);
    const rows = window.map((image): ImageRow => {
      const { id, hash = null, path, className, part } = image;
      return { id, hash, name: nameOf(path), className, part, prediction: judge?.of(image) };
    });
    return { version: index.version, total: found.length, from, rows };
  }

  async ids(query: ImageQuery): Promise<readonly number[]> {
    return this.#find(query).map(({ id }) => id);
  }

  add(className: string, files: readonly AddableFile[], group: string): Promise<AddReport> {
    return this.project.add(className, files, group);
  }

  makeClass(className: string): Promise<EditReport> {
    return this.project.makeClass(className);
  }

  renameClass(className: string, to: string): Promise<EditReport> {
    return this.project.renameClass(className, to);
  }

  binClass(className: string): Promise<EditReport> {
    return this.project.binClass(className);
  }

  relabel(ids: readonly number[], className: string): Promise<EditReport> {
    return this.project.relabel(ids, className);
  }

  bin(ids: readonly number[]): Promise<EditReport> {
    return this.project.bin(ids);
  }

  restore(ids: readonly number[]): Promise<EditReport> {
    return this.project.restore(ids);
  }

  undo(): Promise<EditReport> {
    return this.project.undo();
  }

  redo(): Promise<EditReport> {
    return this.project.redo();
  }

  async rescan(): Promise<void> {
    await this.project.rescan();
  }

  async form(): Promise<readonly FormField[]> {
    return recipeForm();
  }

  preflight(choice: RecipeChoice): Promise<Preflight> {
    return this.#trainings.preflight(choice);
  }

  async train(choice: RecipeChoice): Promise<TrainingState> {
    return this.#trainings.start(choice);
  }

  async resume(run: string): Promise<TrainingState> {
    await this.#requireRun(run);
    this.#judgments.forget(run);
    return this.#trainings.resume(run);
  }

  async stop(run: string): Promise<void> {
    this.#trainings.stop(run);
  }

  async history(run: string): Promise<RunHistory> {
    await this.#requireRun(run);
    return this.#runs.history(run);
  }

  async judge(run: string): Promise<RunResults> {
    return this.#judgments.judge(run, await this.#requireModel(run));
  }

  async results(run: string): Promise<RunResults> {
    await this.#requireRun(run);
    return this.#judgments.results(run);
  }

  async try(run: string, image: Uint8Array): Promise<TryResult> {
    const classifier = await this.#open(run);
    const said = await classifier.predict(image);
    const { probabilities, unknown } = said as {
      readonly probabilities?: Readonly<Record<string, number>>;
      readonly unknown?: boolean;
    };
    return {
      unknown,
      probabilities: classifier.classNames.map((className) => ({
        className,
        probability: probabilities?.[className] ?? 0,
      })),
    };
  }

  async export(run: string, format: ExportFormat): Promise<ExportResult> {
    const model = await this.#requireModel(run);
    const { out, isMade } = await placeOfExport(model, format);
    if (isMade) return { format, out, files: [out], largestDifference: null };
    let report: unknown;
    const args = ['export', model, '--to', format, '--out', out, '--json'];
    const { ended } = startGraft(args, this.#cwd, (document) => {
      report = document;
    });
    const { status, error } = await ended;
    if (status !== 0) {
      throw new GraftError('model-file', {
        where: `export of "${run}"`,
        expected: `to become ${format}`,
        received: error || 'an end without a word',
        advice: 'Nothing was left behind.',
      });
    }
    return { format, ...(report as Omit<ExportResult, 'format'>) };
  }

  /** The file or folder of an export that was made; `model` is the model file itself. */
  async exported(run: string, format: ExportFormat | 'model'): Promise<string> {
    const model = await this.#requireModel(run);
    return format === 'model' ? model : (await placeOfExport(model, format)).out;
  }

  async tellRuns(): Promise<void> {
    this.news.tell({ type: 'runs', runs: await this.#runs.list() });
  }

  async close(): Promise<void> {
    this.#judgments.close();
    await this.#trainings.close();
    await this.#model?.classifier.dispose();
    await this.project.close();
  }

  #find(query: ImageQuery): readonly IndexedImage[] {
    const judge = query.judged === undefined ? undefined : this.#judgments.judgeOf(query.judged.run);
    return this.project.index.find(query, judge);
  }

  async #open(run: string): Promise<Classifier<Task>> {
    const path = await this.#requireModel(run);
    const { mtimeMs, size } = await stat(path);
    const stamp = `${mtimeMs} ${size}`;
    if (this.#model?.run === run && this.#model.stamp === stamp) return this.#model.classifier;
    const before = this.#model;
    const classifier = await Classifier.open<Task>(path, { task: 'classification' });
    this.#model = { run, stamp, classifier };
    await before?.classifier.dispose();
    return classifier;
  }

  async #requireModel(run: string): Promise<string> {
    await this.#requireRun(run);
    const path = this.#runs.modelPath(run);
    if (await isThere(path)) return path;
    throw noRun(run, 'one without a model');
  }

  async #requireRun(run: string): Promise<void> {
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

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
