/** @file The runs, the best first. */

import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Scroll } from '../../../ui/data-table.tsx';
import type { RunHistory, RunSummary } from '../../engine/run-state.ts';
import { noun } from '../noun.ts';
import { Comparison } from '../parts/comparison.tsx';
import { Curves } from '../parts/curves.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { SweepChart } from '../parts/sweep-chart.tsx';
import { attempt, chosenRun, comparedRuns, engine, goTo, type PageName, rankedRuns, runs } from '../store.ts';
import { bytes, count, percent } from '../words.ts';

export function RunsPage(): JSX.Element {
  const [opened, setOpened] = useState<RunSummary>();
  const [first, second] = comparedRuns.value.filter((run) =>
    rankedRuns.value.some((each) => each.run === run),
  );
  const broken = (runs.value ?? []).filter(({ error }) => error !== null);
  return (
    <div class="page">
      <header class="page-head">
        <h1>Runs</h1>
      </header>
      {rankedRuns.value.length === 0 ? (
        <NeedsRun />
      ) : (
        <section class="card stack" aria-label="All runs">
          <p class="soft">
            The best first, by accuracy on validation {noun.value.several} at the best epoch. Tick two to
            compare them on the same {noun.value.several}.
          </p>
          <Scroll label="Runs, scrolls">
            <table class="runs">
              <thead>
                <tr>
                  <th scope="col">
                    <span class="hidden">Compare</span>
                  </th>
                  <th scope="col">Run</th>
                  <th scope="col" class="number">
                    Accuracy
                  </th>
                  <th scope="col">95% CI</th>
                  <th scope="col" class="number">
                    Examples
                  </th>
                  <th scope="col" class="number">
                    Best epoch
                  </th>
                  <th scope="col">Recipe</th>
                  <th scope="col">
                    <span class="hidden">Pages</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rankedRuns.value.map((summary) => (
                  <Row key={summary.run} summary={summary} onOpen={() => setOpened(summary)} />
                ))}
              </tbody>
            </table>
          </Scroll>
        </section>
      )}
      {first === undefined || second === undefined ? null : (
        <Comparison key={`${first} ${second}`} first={first} second={second} />
      )}
      {rankedRuns.value.map(({ run, sweep }) =>
        sweep === undefined ? null : <SweepChart key={run} run={run} sweep={sweep} />,
      )}
      {broken.map(({ run, error }) => (
        <p key={run} class="problem">
          {run}: {error}
        </p>
      ))}
      {opened === undefined ? null : <History summary={opened} onClose={() => setOpened(undefined)} />}
    </div>
  );
}

function Row({
  summary,
  onOpen,
}: {
  readonly summary: RunSummary;
  readonly onOpen: () => void;
}): JSX.Element {
  const { run, validation, epochs, bestEpoch, flags, backbone, note } = summary;
  const metrics = validation !== null && 'accuracy' in validation ? validation : undefined;
  const range = metrics?.interval?.map((end) => (end * 100).toFixed(1)).join(' to ');
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          aria-label={`Compare ${run}`}
          checked={comparedRuns.value.includes(run)}
          onChange={() => tick(run)}
        />
      </td>
      <th scope="row">
        <button type="button" class="link" onClick={onOpen}>
          {run}
        </button>
        {note === '' ? null : <span class="run-note">{note.split('\n')[0]}</span>}
      </th>
      <td class="number">
        <strong>{percent(metrics?.accuracy)}</strong>
      </td>
      <td class="numbers">{range ?? '–'}</td>
      <td class="number">{count(metrics?.examples ?? 0)}</td>
      <td class="number">
        {bestEpoch} of {epochs}
      </td>
      <td class="recipe">{flags === '' ? `${backbone}, defaults` : flags}</td>
      <td class="to">
        {(['results', 'try', 'export'] as const).map((page) => (
          <button
            key={page}
            type="button"
            class="quiet small"
            aria-label={`${page} of ${run}`}
            onClick={() => open(run, page)}
          >
            {page}
          </button>
        ))}
      </td>
    </tr>
  );
}

interface HistoryProps {
  readonly summary: RunSummary;
  readonly onClose: () => void;
}

function History({ summary, onClose }: HistoryProps): JSX.Element {
  const { run, bestEpoch, modelBytes, endedMs, flags, backbone, note } = summary;
  const [history, setHistory] = useState<RunHistory>();
  useEffect(() => void attempt(() => engine.history(run)).then(setHistory), [run]);
  return (
    <Dialog title={run} onClose={onClose} isWide>
      <div class="stack">
        <p class="soft">
          {backbone}
          {flags === '' ? ', defaults' : `, ${flags}`}; {bytes(modelBytes)}
          {endedMs === null ? '' : `; ${new Date(endedMs).toLocaleString('en')}`}
        </p>
        <Note run={run} note={note} />
        {history === undefined ? null : (
          <div class="pair">
            <Curves title="Loss" metric="loss" epochs={history} best={bestEpoch} />
            <Curves title="Accuracy" metric="accuracy" epochs={history} best={bestEpoch} />
          </div>
        )}
      </div>
    </Dialog>
  );
}

/** What a person wants to remember of a run. */
function Note({ run, note }: Pick<RunSummary, 'run' | 'note'>): JSX.Element {
  const input = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  return (
    <form
      class="stack tight"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(
          () => engine.setNote(run, input.current!.value),
          () => 'Kept.',
        );
      }}
    >
      <label for={id}>Notes, kept beside the run in notes.txt</label>
      <textarea id={id} ref={input} rows={3} maxLength={20000} defaultValue={note} />
      <div class="row end">
        <button type="submit">Keep</button>
      </div>
    </form>
  );
}

/** For pages that need a model first. */
export function NeedsRun(): JSX.Element {
  return (
    <section class="empty card">
      <p>There is no trained model of this project yet.</p>
      <button type="button" class="primary" onClick={() => goTo('train')}>
        Train one
      </button>
    </section>
  );
}

/** Two at most: a third takes the place of the first. */
function tick(run: string): void {
  const ticked = comparedRuns.value;
  comparedRuns.value = ticked.includes(run)
    ? ticked.filter((each) => each !== run)
    : [...ticked, run].slice(-2);
}

function open(run: string, page: PageName): void {
  chosenRun.value = run;
  goTo(page);
}
