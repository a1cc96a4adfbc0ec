/** @file Trainings, one after the other, each in its own process: the command line's. */

import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { RUNS_FOLDER } from '../../node/artifacts/run-folder.ts';
import type { RunEvent } from '../../use-cases/run-event.ts';
import type { Preflight } from '../engine/run-state.ts';
import type { RecipeChoice, TrainingState } from '../engine/training-state.ts';
import { inFieldWords } from '../project/field-words.ts';
import { commandText, createFlags } from '../project/recipe-form.ts';
import { sweepChoice } from '../project/sweep-form.ts';
import { type RunningTraining, TrainingQueue } from '../project/training-queue.ts';
import { type GraftProcess, startGraft, startGraftWith } from './graft-process.ts';
import type { StudioProject } from './studio-project.ts';
import { usableNetworks } from './usable-networks.ts';

export interface TrainingsOptions {
  readonly project: Pick<StudioProject, 'trainingData' | 'holds' | 'runName'>;
  /** Where the command line works, and `graft-runs` lies. */
  readonly cwd: string;
  readonly onChange: (training: TrainingState | undefined) => void;
  /** Hears that a training has left something behind. */
  readonly onEnd: () => void;
}

export class Trainings {
  readonly #options: TrainingsOptions;
  readonly #queue: TrainingQueue;
  #plan: GraftProcess | undefined;

  constructor(options: TrainingsOptions) {
    this.#options = options;
    const { onChange, onEnd } = options;
    this.#queue = new TrainingQueue({ begin: (training) => this.#begin(training), onChange, onEnd });
  }

  get all(): readonly TrainingState[] {
    return this.#queue.all;
  }

  /** @throws {GraftError} `argument`, if the choice is none. */
  start(choice: RecipeChoice): TrainingState {
    this.#flags(choice);
    return this.#queue.add(this.#freeRun(), choice, false);
  }

  /** @throws {GraftError} `argument`, if it is being trained. */
  resume(run: string): TrainingState {
    return this.#queue.resume(run, {});
  }

  /** Ends a training after its step, or takes it out of the queue. */
  stop(run: string): void {
    this.#queue.stop(run);
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
      ].map(inFieldWords),
      error:
        status === 0 ? null : status === null ? 'Another question was asked meanwhile.' : inFieldWords(error),
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
    this.#plan?.kill();
    await this.#queue.close();
  }

  /** As the command line has it: a sweep, where a choice has several values. */
  #command(data: string, choice: RecipeChoice): string[] {
    const { tried, shared } = this.#flags(choice);
    return [tried.length === 0 ? 'train' : 'sweep', data, ...tried, ...shared];
  }

  /** @throws {GraftError} `argument`, if the choice is none. */
  #flags(choice: RecipeChoice): { readonly tried: readonly string[]; readonly shared: readonly string[] } {
    const { flags, shared } = sweepChoice(choice);
    return { tried: flags, shared: createFlags(shared, usableNetworks(), this.#options.project.holds) };
  }

  async #data(): Promise<string> {
    return dataArgument(await this.#options.project.trainingData(), this.#options.cwd);
  }

  #begin({ run, choice, isResumed }: TrainingState): RunningTraining {
    const folder = join(RUNS_FOLDER, run);
    const words = async (): Promise<readonly string[]> => [
      ...(isResumed
        ? ['train', '--resume', folder]
        : [...this.#command(await this.#data(), choice), '--out', folder]),
      '--json-lines',
    ];
    const { ended, interrupt } = startGraftWith(words(), this.#options.cwd, (event) =>
      this.#queue.hear(run, event as RunEvent),
    );
    return {
      interrupt,
      ended: ended.then(({ status, error }) => {
        const hasStopped = status === 130 || this.#queue.find(run)?.report?.ended === 'interrupted';
        if (hasStopped || status === 0) return { status: hasStopped ? 'stopped' : 'ended', error: null };
        return { status: 'failed', error: error || 'The training ended without a word.' };
      }),
    };
  }

  /** As `graft train` names its runs, with those that wait. */
  #freeRun(): string {
    const { project, cwd } = this.#options;
    for (let number = 1; ; number++) {
      const run = `${project.runName}-${number}`;
      if (this.#queue.find(run) !== undefined) continue;
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
