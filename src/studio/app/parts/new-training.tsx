/** @file The card that begins a training: what it would take, and the button. */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ClassSummary } from '../../engine/project-state.ts';
import type { Preflight } from '../../engine/run-state.ts';
import { countExamples, noun } from '../noun.ts';
import { attempt, engine, project } from '../store.ts';
import { bytes, count, duration, formatCount } from '../words.ts';
import { choice, RecipeFields } from './recipe-fields.tsx';

/** Names of classes in a sentence. */
const MAX_LISTED = 12;

export function NewTraining(): JSX.Element {
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
      <RecipeFields command={plan?.command ?? ''} />
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
