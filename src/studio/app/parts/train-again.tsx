/** @file Training a run's recipe again where its mistakes are mended: a press, some seconds, and what it brought. */

import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { RunSummary } from '../../engine/run-state.ts';
import { isGoingOn } from '../../engine/training-state.ts';
import { noun } from '../noun.ts';
import { attempt, chosenRun, comparedRuns, engine, goTo, runs, trainings } from '../store.ts';
import { percent, signedPoints } from '../words.ts';

/** Trainings that were begun here, by the run that they repeat. */
const begun = signal<Readonly<Record<string, string>>>({});

export function TrainAgainButton({ summary }: { readonly summary: RunSummary }): JSX.Element {
  const { run, choice } = summary;
  const training = trainings.value.find((each) => each.run === begun.value[run]);
  const isTraining = training !== undefined && isGoingOn(training);
  return (
    <button
      type="button"
      class="primary"
      disabled={choice === null || isTraining}
      title={
        choice === null
          ? 'Its recipe names files: train it from the command line.'
          : 'The same recipe, the labels of now'
      }
      onClick={() => {
        void attempt(() => engine.train(choice!)).then((started) => {
          if (started === undefined) return;
          begun.value = { ...begun.value, [run]: started.run };
          // The new run may be the best one: the page stays with this one until a person leaves it.
          chosenRun.value = run;
        });
      }}
    >
      {isTraining ? 'Training ...' : 'Train again'}
    </button>
  );
}

/** How it goes, and what it brought. Nothing changes under the hand: the page stays with its run. */
export function TrainedAgain({ summary }: { readonly summary: RunSummary }): JSX.Element | null {
  const { run, validation } = summary;
  const training = trainings.value.find((each) => each.run === begun.value[run]);
  if (training === undefined) return null;
  const { status, step, progress, error, report } = training;
  const before = accuracyOf(validation);
  const after = accuracyOf(report?.validation ?? null);
  const isThere = runs.value?.some((each) => each.run === training.run && each.hasModel) ?? false;
  return (
    <section class="card stack tight" aria-label={`Training ${training.run}`} aria-live="polite">
      {status === 'waiting' || status === 'running' || status === 'stopping' ? (
        <>
          <p>
            {training.run}
            {step === null
              ? progress === null
                ? ' begins ...'
                : `: ${progress.stage} ...`
              : `, epoch ${step.epoch} of at most ${step.epochs}`}
          </p>
          <progress
            aria-label={`Training ${training.run}`}
            max={1}
            value={step === null ? undefined : step.epoch / step.epochs}
          />
        </>
      ) : status === 'failed' ? (
        <p class="problem">{error}</p>
      ) : (
        <div class="row between wrap">
          <p>
            <strong>{training.run}</strong>: {percent(after)}
            {before === undefined || after === undefined
              ? ''
              : ` on its validation ${noun.value.several}; ${run} has ${percent(before)} (${signedPoints(after - before)})`}
          </p>
          <div class="row wrap">
            <button
              type="button"
              disabled={!isThere}
              onClick={() => {
                chosenRun.value = training.run;
              }}
            >
              See its results
            </button>
            <button
              type="button"
              disabled={!isThere}
              onClick={() => {
                comparedRuns.value = [run, training.run];
                goTo('runs');
              }}
            >
              Compare both
            </button>
          </div>
        </div>
      )}
    </section>
  );
}

function accuracyOf(metrics: object | null): number | undefined {
  const accuracy = (metrics as { readonly accuracy?: unknown } | null)?.accuracy;
  return typeof accuracy === 'number' ? accuracy : undefined;
}
