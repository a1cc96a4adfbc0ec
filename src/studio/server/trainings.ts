/** @file Trainings, one after the other, each in its own process: the command line's. */

import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { RUNS_FOLDER } from '../../node/artifacts/run-folder.ts';
import type { RunEvent } from '../../use-cases/run-event.ts';
import type { Preflight } from '../engine/run-state.ts';
import {
  afterEvent,
  type RecipeChoice,
  type TrainingState,
  waitingTraining,
} from '../engine/training-state.ts';
import { commandText, createFlags } from '../project/recipe-form.ts';
import { type GraftProcess, startGraft, startGraftWith } from './graft-process.ts';
import type { StudioProject } from './studio-project.ts';
import { sweepChoice } from './sweep-form.ts';
import { usableNetworks } from './usable-networks.ts';

/** Between two news of a training at least. */
const NEWS_MS = 200;
/** Trainings that have ended and are still shown. */
const MAX_ENDED = 20;

export interface TrainingsOptions {
  readonly project: Pick<StudioProject, 'trainingData' | 'holds' | 'runName'>;
  /** Where the command line works, and `graft-runs` lies. */
  readonly cwd: string;
  readonly onChange: (training: TrainingState | undefined) => void;
  /** Hears that a training has left something behind. */
  readonly onEnd: () => void;
}

/** The queue. */
export class Trainings {
  readonly #options: TrainingsOptions;
  #all: TrainingState[] = [];
  #current: { readonly run: string; readonly process: GraftProcess } | undefined;
  #plan: GraftProcess | undefined;
  #lastNews = 0;
  #isClosed = false;

  constructor(options: TrainingsOptions) {
    this.#options = options;
  }

  get all(): readonly TrainingState[] {
    return this.#all;
  }

  /** @throws {GraftError} `argument`, if the choice is none. */
  start(choice: RecipeChoice): TrainingState {
    this.#flags(choice);
    return this.#queue(waitingTraining(this.#freeRun(), choice, false));
  }

  /** @throws {GraftError} `argument`, if it is being trained. */
  resume(run: string): TrainingState {
    if (this.#all.some((each) => each.run === run && isGoingOn(each))) {
      throw new GraftError('argument', {
        where: `run "${run}"`,
        expected: 'one that has stopped',
        received: 'one that is being trained',
        advice: 'Wait for its end.',
      });
    }
    this.#all = this.#all.filter((each) => each.run !== run);
    return this.#queue(waitingTraining(run, {}, true));
  }

  /** Ends a training after its step, or takes it out of the queue. */
  stop(run: string): void {
    const training = this.#all.find((each) => each.run === run);
    if (training?.status === 'waiting') this.#set({ ...training, status: 'stopped' });
    if (training?.status !== 'running' || this.#current?.run !== run) return;
    this.#set({ ...training, status: 'stopping' });
    this.#current.process.interrupt();
  }

  /** What a training would need; one question at a time, the last one is answered. */
  async preflight(choice: RecipeChoice): Promise<Preflight> {
    const { shared } = this.#flags(choice);
    const data = await this.#data();
    this.#plan?.kill();
    const events: RunEvent[] = [];
    // What it takes to get features is the same for all combinations of a sweep.
    const args = ['train', data, ...shared, '--dry-run', '--json-lines'];
    const plan = startGraft(args, this.#options.cwd, (event) => events.push(event as RunEvent));
    this.#plan = plan;
    const { status, error } = await plan.ended;
    const found = events.find((event) => event.type === 'plan');
    const result = events.find((event) => event.type === 'result');
    const report = result?.useCase === 'estimate' ? result.report : found;
    return {
      command: commandText(['graft', ...this.#command(data, choice)]),
      notes: [
        ...events.flatMap((event) => (event.type === 'note' ? [event.text] : [])),
        ...(report?.warnings ?? []).map(({ text }) => text),
      ],
      error: status === 0 ? null : status === null ? 'Another question was asked meanwhile.' : error,
      train: report?.examples.train ?? 0,
      validation: report?.examples.validation ?? 0,
      test: report?.examples.test ?? 0,
      features: report?.features ?? { total: 0, cached: 0 },
      seconds: report === undefined ? null : report.seconds.features + report.seconds.training,
      memoryBytes: report?.memoryBytes.total ?? null,
    };
  }

  /** Stops what is running, and waits for it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#plan?.kill();
    const current = this.#current;
    if (current === undefined) return;
    current.process.interrupt();
    await current.process.ended;
  }

  /** As the command line has it: a sweep, where a choice has several values. */
  #command(data: string, choice: RecipeChoice): string[] {
    const { axes, shared } = this.#flags(choice);
    return [axes.length === 0 ? 'train' : 'sweep', data, ...axes, ...shared];
  }

  /** @throws {GraftError} `argument`, if the choice is none. */
  #flags(choice: RecipeChoice): { readonly axes: readonly string[]; readonly shared: readonly string[] } {
    const { axes, shared } = sweepChoice(choice);
    return { axes, shared: createFlags(shared, usableNetworks(), this.#options.project.holds) };
  }

  async #data(): Promise<string> {
    return dataArgument(await this.#options.project.trainingData(), this.#options.cwd);
  }

  #queue(training: TrainingState): TrainingState {
    const ended = this.#all.filter((each) => !isGoingOn(each));
    const old = new Set(ended.slice(0, Math.max(0, ended.length - MAX_ENDED)));
    this.#all = [...this.#all.filter((each) => !old.has(each)), training];
    this.#options.onChange(undefined);
    this.#next();
    return this.#find(training.run);
  }

  #next(): void {
    if (this.#current !== undefined || this.#isClosed) return;
    const training = this.#all.find(({ status }) => status === 'waiting');
    if (training === undefined) return;
    const { run, choice, isResumed } = training;
    const folder = join(RUNS_FOLDER, run);
    const words = async (): Promise<readonly string[]> => [
      ...(isResumed
        ? ['train', '--resume', folder]
        : [...this.#command(await this.#data(), choice), '--out', folder]),
      '--json-lines',
    ];
    const process = startGraftWith(words(), this.#options.cwd, (event) =>
      this.#onEvent(run, event as RunEvent),
    );
    this.#current = { run, process };
    this.#set({ ...training, status: 'running' });
    void process.ended.then(({ status, error }) => {
      this.#current = undefined;
      const last = this.#find(run);
      const hasStopped = status === 130 || last.report?.ended === 'interrupted';
      const failed = !hasStopped && status !== 0;
      this.#set({
        ...last,
        status: hasStopped ? 'stopped' : failed ? 'failed' : 'ended',
        progress: null,
        step: null,
        error: failed ? error || 'The training ended without a word.' : null,
      });
      this.#options.onEnd();
      this.#next();
    });
  }

  #onEvent(run: string, event: RunEvent): void {
    const training = afterEvent(this.#find(run), event);
    this.#all = this.#all.map((each) => (each.run === run ? training : each));
    const isOften = event.type === 'step' || event.type === 'progress' || event.type === 'epoch';
    if (isOften && performance.now() - this.#lastNews < NEWS_MS) return;
    this.#lastNews = performance.now();
    this.#options.onChange(training);
  }

  #set(training: TrainingState): void {
    this.#all = this.#all.map((each) => (each.run === training.run ? training : each));
    this.#options.onChange(training);
  }

  #find(run: string): TrainingState {
    return this.#all.find((each) => each.run === run)!;
  }

  /** As `graft train` names its runs, with those that wait. */
  #freeRun(): string {
    const { project, cwd } = this.#options;
    for (let number = 1; ; number++) {
      const run = `${project.runName}-${number}`;
      if (this.#all.some((each) => each.run === run)) continue;
      if (!existsSync(join(cwd, RUNS_FOLDER, run))) return run;
    }
  }
}

/** A folder as a person would give it; never one that looks like an option. */
function dataArgument(root: string, cwd: string): string {
  const path = relative(cwd, root);
  if (path === '') return '.';
  return path.startsWith('..') ? root : path.startsWith('-') ? `./${path}` : path;
}

function isGoingOn({ status }: TrainingState): boolean {
  return status === 'waiting' || status === 'running' || status === 'stopping';
}
