/** @file The studio on a folder or a table: everything that pages may ask, with the files of this machine. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { ExportFormat } from '../../node/export/export-report.ts';
import type { AddReport, EditReport, ImageQuery, ImageWindow } from '../engine/project-state.ts';
import type { ExportResult, FormField, Preflight } from '../engine/run-state.ts';
import type { RecipeChoice, TrainingState } from '../engine/training-state.ts';
import { ImageCheck } from '../project/image-check.ts';
import type { IndexedImage } from '../project/image-index.ts';
import { foundImages, imageWindow, type SaidOfAll } from '../project/narrowed-images.ts';
import type { AddableFile } from '../project/project-place.ts';
import { recipeForm } from '../project/recipe-form.ts';
import { sweepFields } from '../project/sweep-form.ts';
import { type CheckProcess, startCheck } from './check-process.ts';
import { placeOfExport } from './export-place.ts';
import { startGraft } from './graft-process.ts';
import { NewsBoard } from './news.ts';
import { openProject } from './open-project.ts';
import { RunInsights } from './run-insights.ts';
import type { StudioProject } from './studio-project.ts';
import { Trainings } from './trainings.ts';
import { usableNetworks } from './usable-networks.ts';

/** A page never asks for more images at once. */
export const MAX_WINDOW = 400;

/** The studio of one project. */
export class FolderStudio {
  readonly news: NewsBoard = new NewsBoard();
  readonly project: StudioProject;
  readonly #cwd: string;
  readonly #trainings: Trainings;
  readonly insights: RunInsights;
  readonly check: ImageCheck;
  #checking: CheckProcess | undefined;

  private constructor(open: (onChange: () => void) => StudioProject, cwd: string) {
    this.#cwd = cwd;
    this.project = open(() => this.#tellProject());
    this.insights = new RunInsights(this.project, cwd, (results) =>
      this.news.tell({ type: 'results', results }),
    );
    const { index } = this.project;
    this.check = new ImageCheck({
      index,
      examples: this.project.checkedExamples?.bind(this.project),
      begin: (onProgress) => {
        this.#checking = startCheck(this.project.trainingData(), cwd, onProgress);
        return this.#checking;
      },
      onChange: (check) => this.news.tell({ type: 'check', check }),
    });
    this.#trainings = new Trainings({
      project: this.project,
      cwd,
      onChange: (training) => {
        if (training !== undefined) this.news.tell({ type: 'training', training });
        else this.news.tell({ type: 'trainings', trainings: this.#trainings.all });
      },
      onEnd: () => void this.tellRuns().catch(() => undefined),
    });
  }

  /**
   * Opens a folder or a table, and begins to read it.
   *
   * @param cwd - Where `graft-runs` lies.
   * @throws {GraftError} As `openProject`.
   */
  static async open(folder: string, cwd: string): Promise<FolderStudio> {
    let onChange = (): void => {};
    const project = await openProject(folder, () => onChange());
    const studio = new FolderStudio((hear) => {
      onChange = hear;
      return project;
    }, cwd);
    studio.news.tell({ type: 'project', project: project.state() });
    studio.news.tell({ type: 'trainings', trainings: [] });
    studio.check.tell();
    void studio.rescan().catch(() => undefined);
    void studio.tellRuns().catch(() => undefined);
    return studio;
  }

  async images(query: ImageQuery, from: number, count: number): Promise<ImageWindow> {
    const { index, contents } = this.project;
    await this.#readTexts(query);
    const found = this.#find(query);
    const window = found.slice(from, from + Math.min(count, MAX_WINDOW));
    await contents.hash(window);
    return imageWindow(index, query, { from, window, total: found.length }, this.#said);
  }

  async ids(query: ImageQuery): Promise<readonly number[]> {
    await this.#readTexts(query);
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

  /** Moves images to the classes that the check finds likelier. */
  acceptLabels(ids: readonly number[]): Promise<EditReport> {
    return this.check.acceptLabels(ids, (moves) => this.project.relabelEach(moves));
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
    return [...recipeForm(usableNetworks(), this.project.holds), ...sweepFields()];
  }

  preflight(choice: RecipeChoice): Promise<Preflight> {
    return this.#trainings.preflight(choice);
  }

  async train(choice: RecipeChoice): Promise<TrainingState> {
    return this.#trainings.start(choice);
  }

  async resume(run: string): Promise<TrainingState> {
    await this.insights.requireRun(run);
    this.insights.forget(run);
    return this.#trainings.resume(run);
  }

  async stop(run: string): Promise<void> {
    this.#trainings.stop(run);
  }

  async setNote(run: string, note: string): Promise<void> {
    await this.insights.setNote(run, note);
    await this.tellRuns();
  }

  async export(run: string, format: ExportFormat): Promise<ExportResult> {
    const model = await this.insights.requireModel(run);
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
    const model = await this.insights.requireModel(run);
    return format === 'model' ? model : (await placeOfExport(model, format)).out;
  }

  async tellRuns(): Promise<void> {
    this.news.tell({ type: 'runs', runs: await this.insights.list() });
  }

  async close(): Promise<void> {
    this.#checking?.kill();
    await this.#trainings.close();
    await this.insights.close();
    await this.project.close();
  }

  /** What is searched in texts is what they say. */
  async #readTexts({ search = '' }: ImageQuery): Promise<void> {
    const { holds, contents, index } = this.project;
    if (holds === 'texts' && search !== '') await contents.hash(index.all);
  }

  #tellProject(): void {
    this.news.tell({ type: 'project', project: this.project.state() });
    if (this.check.findings !== undefined) this.check.tell();
  }

  #find(query: ImageQuery): readonly IndexedImage[] {
    return foundImages(this.project.index, query, this.#said);
  }

  get #said(): SaidOfAll {
    return { findings: this.check.findings, judgeOf: (run) => this.insights.judgeOf(run) };
  }
}
