/** @file Trainings: one button for whoever has images, the whole recipe for whoever wants it. */

import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ClassSummary } from '../../engine/project-state.ts';
import type { FormField, Preflight } from '../../engine/run-state.ts';
import type { TrainingState } from '../../engine/training-state.ts';
import { countExamples, isOfTexts, noun } from '../noun.ts';
import { Curves } from '../parts/curves.tsx';
import { attempt, chosenRun, engine, goTo, project, runs, trainings } from '../store.ts';
import { bytes, count, duration, formatCount, interval, percent } from '../words.ts';
import { NeedsImages } from './images-page.tsx';

/** Names of classes in a sentence. */
const MAX_LISTED = 12;

/** What a person changed, also while another page is open. */
const choice = signal<Readonly<Record<string, string>>>({});

export function TrainPage(): JSX.Element {
  const { classes } = project.value!;
  const filled = classes.filter(({ images }) => images > 0);
  // In a table, a class without a text is none that could be missed.
  const isReady = filled.length >= 2 && (isOfTexts.value || filled.length === classes.length);
  return (
    <div class="page">
      <header class="page-head">
        <h1>Train</h1>
      </header>
      {isReady ? (
        <Start />
      ) : filled.length < 2 ? (
        <NeedsImages
          what={`A training needs at least two classes with ${noun.value.several}: what is to be told apart?`}
        />
      ) : (
        <NeedsImages
          what={`Every class needs ${noun.value.several}: ${classes
            .filter(({ images }) => images === 0)
            .map(({ name }) => `“${name}”`)
            .join(', ')} has none yet.`}
        />
      )}
      {trainings.value.toReversed().map((training) => (
        <Training key={training.run} training={training} />
      ))}
      <Unfinished />
    </div>
  );
}

function Start(): JSX.Element {
  const { classes, version, unlabeled = 0 } = project.value!;
  const [plan, setPlan] = useState<Preflight>();
  const chosen = JSON.stringify(choice.value);
  useEffect(() => {
    let isOld = false;
    const timer = setTimeout(async () => {
      const found = await engine.preflight(choice.value).catch((error: Error) => refused(error.message));
      if (!isOld) setPlan(found);
    }, 400);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [chosen, version]);
  const filled = classes.filter(({ images: inside }) => inside > 0);
  const images = filled.reduce((sum, each) => sum + each.images, 0);
  return (
    <section class="card stack" aria-label="New training">
      <p class="lead">
        {countExamples(images)} in {formatCount(filled.length, 'class')}: {listed(filled)}
        {unlabeled === 0 ? '' : `. ${countExamples(unlabeled)} without a label are left out.`}
      </p>
      <Facts plan={plan} />
      <div class="row wrap">
        <button
          type="button"
          class="primary large"
          disabled={plan?.error !== null && plan !== undefined}
          onClick={() => void attempt(() => engine.train(choice.value))}
        >
          Train
        </button>
        <span class="soft">
          The best epoch is kept. It runs{' '}
          {engine.place === 'browser'
            ? 'in this page: leave it open.'
            : 'on this machine, in a process of its own.'}
        </span>
      </div>
      {plan?.error ? (
        <p class="problem" role="alert">
          {plan.error}
        </p>
      ) : null}
      {(plan?.notes ?? []).map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
      <More command={plan?.command ?? ''} />
    </section>
  );
}

/** Its place is kept while the answer is on its way. */
function Facts({ plan }: { readonly plan: Preflight | undefined }): JSX.Element {
  const isThere = plan !== undefined && plan.error === null;
  const facts: readonly (readonly [string, string])[] = [
    [`training ${noun.value.several}`, isThere ? count(plan.train) : '...'],
    [`validation ${noun.value.several}`, isThere ? count(plan.validation) : '...'],
    ...(engine.place === 'browser' ? [] : factsOfMachine(isThere ? plan : undefined)),
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What a browser does not tell. */
function factsOfMachine(plan: Preflight | undefined): (readonly [string, string])[] {
  const { features = null, seconds = null, memoryBytes = null } = plan ?? {};
  return [
    ['features to compute', features === null ? '...' : count(features.total - features.cached)],
    ['at most', seconds === null ? '...' : duration(seconds)],
    ['memory', memoryBytes === null ? '...' : bytes(memoryBytes)],
  ];
}

function More({ command }: { readonly command: string }): JSX.Element {
  const [fields, setFields] = useState<readonly FormField[]>();
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    if (isOpen && fields === undefined) void attempt(() => engine.form()).then(setFields);
  }, [isOpen]);
  const changed = Object.values(choice.value).filter((value) => value !== '').length;
  const groups = [...new Set((fields ?? []).map(({ group }) => group))];
  return (
    <details class="more" onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary>More{changed === 0 ? '' : ` (${changed} changed)`}</summary>
      <p class="soft">
        The same from the command line: <code class="command">{command}</code>
      </p>
      {changed === 0 ? null : (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            choice.value = {};
          }}
        >
          Back to the defaults
        </button>
      )}
      {groups.map((group) => (
        <fieldset key={group} class="fields">
          <legend>{group}</legend>
          {fields!
            .filter((field) => field.group === group)
            .map((field) => (
              <Field key={field.key} field={field} />
            ))}
        </fieldset>
      ))}
    </details>
  );
}

function Field({ field }: { readonly field: FormField }): JSX.Element {
  const { key, label, description, otherwise, choices, isNumber } = field;
  const value = choice.value[key] ?? '';
  const set = (next: string): void => {
    choice.value = { ...choice.value, [key]: next };
  };
  const id = `field-${key}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {choices === null ? (
        <input
          id={id}
          value={value}
          placeholder={otherwise}
          inputMode={isNumber ? 'decimal' : 'text'}
          autocomplete="off"
          spellcheck={false}
          aria-describedby={`${id}-what`}
          onChange={({ currentTarget }) => set(currentTarget.value)}
        />
      ) : (
        <select
          id={id}
          value={value}
          aria-describedby={`${id}-what`}
          onChange={({ currentTarget }) => set(currentTarget.value)}
        >
          <option value="">{otherwise}</option>
          {choices
            .filter((name) => name !== otherwise)
            .map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
        </select>
      )}
      <span id={`${id}-what`} class="soft">
        {description}
      </span>
    </div>
  );
}

const STATUS: Readonly<Record<TrainingState['status'], string>> = {
  waiting: 'waiting',
  running: 'training',
  stopping: 'stopping after this step',
  ended: 'done',
  stopped: 'stopped',
  failed: 'failed',
};

function Training({ training }: { readonly training: TrainingState }): JSX.Element {
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
        {status === 'stopped' || status === 'failed' ? <Resume run={run} /> : null}
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

function Resume({ run }: { readonly run: string }): JSX.Element | null {
  if (!runs.value?.some((each) => each.run === run && each.canResume)) return null;
  return (
    <button type="button" onClick={() => void attempt(() => engine.resume(run))}>
      Resume
    </button>
  );
}

/** Runs of earlier times that did not come to their end. */
function Unfinished(): JSX.Element | null {
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
          <Resume run={run} />
        </div>
      ))}
    </section>
  );
}

function show(run: string, page: 'results' | 'try'): void {
  chosenRun.value = run;
  goTo(page);
}

/** Of many classes, the first. */
function listed(classes: readonly ClassSummary[]): string {
  const names = classes.slice(0, MAX_LISTED).map(({ name }) => name);
  const more = classes.length - names.length;
  return `${names.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}

function refused(error: string): Preflight {
  const none = { command: '', notes: [], train: 0, validation: 0, test: 0, seconds: null, memoryBytes: null };
  return { ...none, error, features: { total: 0, cached: 0 } };
}
