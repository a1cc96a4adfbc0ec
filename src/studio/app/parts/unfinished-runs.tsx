/** @file Runs that did not come to their end, and the button by which they go on. */

import type { JSX } from 'preact';
import { attempt, engine, runs, trainings } from '../store.ts';

/** Runs of earlier times that did not come to their end. */
export function UnfinishedRuns(): JSX.Element | null {
  const left = (runs.value ?? []).filter(
    ({ run, canResume }) => canResume && !trainings.value.some((training) => training.run === run),
  );
  if (left.length === 0) return null;
  return (
    <section class="card stack">
      <h2>Not finished</h2>
      {left.map(({ run }) => (
        <div key={run} class="row between">
          <span>{run}</span>
          <ResumeButton run={run} />
        </div>
      ))}
    </section>
  );
}

export function ResumeButton({ run }: { readonly run: string }): JSX.Element | null {
  if (!runs.value?.some((each) => each.run === run && each.canResume)) return null;
  return (
    <button type="button" onClick={() => void attempt(() => engine.resume(run))}>
      Resume
    </button>
  );
}
