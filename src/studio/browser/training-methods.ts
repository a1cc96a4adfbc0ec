/** @file The trainings of a project that a browser keeps, be it of images or of texts: what they come to is kept and told. */

import { removeStoredCheckpoints } from '../../web/stored-checkpoints.ts';
import type { StudioEvent } from '../engine/studio-engine.ts';
import type { RunJudgments } from '../project/run-judgments.ts';
import type { EngineMethods } from './engine-messages.ts';
import type { KeptRuns } from './kept-runs.ts';
import { type PageTraining, QueuedTrainings } from './queued-trainings.ts';

export interface TrainingMethodsOptions {
  /** What runs are called, before their number. */
  readonly name: string;
  readonly training: PageTraining;
  readonly runs: KeptRuns;
  readonly judgments: RunJudgments;
  /** Has models open: one that was stopped and resumed is another one now. */
  readonly answers: { close(): Promise<void> };
  readonly tell: (event: StudioEvent) => void;
  /** Tells of runs that have changed. */
  readonly tellRuns: () => Promise<void>;
}

/** Tells, first, that nothing trains. */
export async function trainingMethods({
  name,
  training,
  runs,
  judgments,
  answers,
  tell,
  tellRuns,
}: TrainingMethodsOptions): Promise<Pick<EngineMethods, 'train' | 'resume' | 'stop'>> {
  let numbers = await runs.nextNumber();
  const trainings = new QueuedTrainings({
    training,
    onChange(changed) {
      if (changed !== undefined) tell({ type: 'training', training: changed });
      else tell({ type: 'trainings', trainings: trainings.all });
    },
    onBegin: async (run, choice) => {
      await runs.begin(run, choice);
      await tellRuns();
    },
    async onEnd(run, trained) {
      await runs.add(run, trained);
      judgments.forget(run);
      await answers.close();
      await tellRuns();
    },
    async onNothing(run) {
      await runs.forget(run);
      await removeStoredCheckpoints(run);
      await tellRuns();
    },
  });
  tell({ type: 'trainings', trainings: [] });
  return {
    train: async (choice) => trainings.start(`${name}-${numbers++}`, choice),
    resume: async (run) => trainings.resume(run, await runs.unfinished(run)),
    stop: async (run) => trainings.stop(run),
  };
}
