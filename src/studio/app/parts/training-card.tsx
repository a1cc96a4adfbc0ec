/** @file A training, from its place in the queue to its end. */

import type { JSX } from 'preact';
import type { TrainingState } from '../../engine/training-state.ts';
import { countExamples, noun } from '../noun.ts';
import { attempt, chosenRun, engine, goTo, runs } from '../store.ts';
import { count, interval, percent } from '../words.ts';
import { Curves } from './curves.tsx';
import { ResumeButton } from './unfinished-runs.tsx';

const STATUS: Readonly<Record<TrainingState['status'], string>> = {
  waiting: 'waiting',
  running: 'training',
  stopping: 'stopping after this step',
  ended: 'done',
  stopped: 'stopped',
  failed: 'failed',
};

export function TrainingCard({ training }: { readonly training: TrainingState }): JSX.Element {
  const { run, status, epochs, report, error, notes } = training;
  const best = epochs.findLast(({ isBest }) => isBest)?.epoch;
  const canStop = status === 'running' || status === 'waiting';
  const validation = report?.validation;
  return (
    <section class="card stack" aria-label={`Training ${run}`}>
      <header class="row between wrap">
        <h2>{run}</h2>
        <span class={`tag ${status}`}>{STATUS[status]}</span>
      </header>
      {validation !== undefined && 'accuracy' in validation ? (
        <p class="lead">
          <strong class="figure">{percent(validation.accuracy)}</strong> of{' '}
          {countExamples(validation.examples, 'validation ')} right, {interval(validation.interval)}. Always
          saying the most frequent class: {percent(validation.baseline)}
        </p>
      ) : (
        <Progress training={training} />
      )}
      {error === null ? null : (
        <p class="problem" role="alert">
          {error}
        </p>
      )}
      {epochs.length === 0 ? null : (
        <div class="pair">
          <Curves title="Loss" metric="loss" epochs={epochs} best={best} />
          <Curves title="Accuracy" metric="accuracy" epochs={epochs} best={best} />
        </div>
      )}
      {notes.map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
      <div class="row wrap">
        {canStop ? (
          <button type="button" onClick={() => void attempt(() => engine.stop(run))}>
            {status === 'waiting' ? 'Take out of the queue' : 'Stop, and keep the best epoch'}
          </button>
        ) : null}
        {report === null || canStop ? null : (
          <>
            <button type="button" class="primary" onClick={() => show(run, 'results')}>
              See the results
            </button>
            <button type="button" onClick={() => show(run, 'try')}>
              Try it
            </button>
          </>
        )}
        {runs.value?.some((each) => each.run === run && each.sweep !== undefined) && !canStop ? (
          <button type="button" class="primary" onClick={() => goTo('runs')}>
            See the sweep
          </button>
        ) : null}
        {status === 'stopped' || status === 'failed' ? <ResumeButton run={run} /> : null}
      </div>
    </section>
  );
}

function Progress({ training }: { readonly training: TrainingState }): JSX.Element | null {
  const { status, progress, step, epochs } = training;
  const done =
    progress !== null
      ? progress.total === null
        ? undefined
        : progress.done / Math.max(1, progress.total)
      : step === null
        ? undefined
        : (step.epoch - 1 + step.step / step.steps) / step.epochs;
  const text =
    status === 'waiting'
      ? 'It begins when the one before it has ended.'
      : progress !== null
        ? `${progress.stage}: ${count(progress.done)} of ${progress.total === null ? '?' : count(progress.total)} ${progress.unit}`
        : step !== null
          ? `epoch ${step.epoch} of at most ${step.epochs}, loss ${step.loss.toFixed(3)}`
          : epochs.length > 0
            ? `epoch ${epochs.at(-1)!.epoch}`
            : `reading the ${noun.value.several}`;
  if (status !== 'running' && status !== 'waiting' && status !== 'stopping') return null;
  return (
    <div class="stack tight">
      <progress aria-label="Training" max={1} value={done} />
      <p class="soft numbers">{text}</p>
    </div>
  );
}

function show(run: string, page: 'results' | 'try'): void {
  chosenRun.value = run;
  goTo(page);
}
