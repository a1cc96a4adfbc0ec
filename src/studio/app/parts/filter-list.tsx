/** @file Filters beside the examples: by part of the data, by what a check found, by what a model says. */

import type { JSX } from 'preact';
import type { ProgressEvent } from '../../../events/training-event.ts';
import { FINDING_KINDS, type FindingKind } from '../../engine/check-state.ts';
import type { ImageQuery, JudgedQuery } from '../../engine/project-state.ts';
import { countExamples, isOfTexts, noun } from '../noun.ts';
import { attempt, check, currentRun, engine, imageQuery, project, results, selection } from '../store.ts';
import { count, sentence } from '../words.ts';
import { Icon } from './icon.tsx';

/** What a filter is called, and what to do about what it finds. */
interface Finding {
  readonly name: string;
  readonly hint: string;
}

const FINDINGS: Readonly<Record<FindingKind, Finding>> = {
  label: {
    name: 'Label suspects',
    hint: 'A model that did not see them finds another class likelier. Press A to move the one in focus there, or leave it.',
  },
  leak: {
    name: 'Leaks',
    hint: 'The same in several parts of the data, or in several classes: what is trained on must not be what is measured with.',
  },
  duplicate: {
    name: 'Duplicates',
    hint: 'What is the same, or nearly; copies stand side by side. Keep one, and move the others to the bin.',
  },
  outlier: {
    name: 'Outliers',
    hint: 'What is like no other: often it belongs to none of the classes.',
  },
  fault: {
    name: 'Poor images',
    hint: 'Dark, bright, blurred, tiny, of one color, or not to be read at all.',
  },
};

const EMPTY_TEXTS: Finding = { name: 'Empty texts', hint: 'They say nothing, and no training takes them.' };

export function findingWords(kind: FindingKind): Finding {
  return kind === 'fault' && isOfTexts.value ? EMPTY_TEXTS : FINDINGS[kind];
}

const JUDGED: readonly (readonly [JudgedQuery['show'], string])[] = [
  ['wrong', 'Model differs'],
  ['unsure', 'Least sure'],
  ['unknown', 'Unknown to it'],
];

/** Of a check. */
const STAGES: Partial<Record<ProgressEvent['stage'], string>> = {
  features: 'what the network sees',
  looks: 'light and sharpness',
  neighbors: 'what is alike',
  labels: 'what the labels teach',
};

export function FilterList(): JSX.Element {
  const { parts } = project.value!;
  return (
    <>
      {parts.length < 2 ? null : (
        <nav class="filters" aria-label="Parts of the data">
          <h2>Part</h2>
          {parts.map((part) => (
            <Filter
              key={part}
              name={sentence(part)}
              isOn={imageQuery.value.part === part}
              onPress={(isOn) => show({ part: isOn ? undefined : part })}
            />
          ))}
        </nav>
      )}
      <CheckFilters />
      <ModelFilters />
    </>
  );
}

function CheckFilters(): JSX.Element | null {
  const state = check.value;
  if (state === undefined) return null;
  const { status, counts, progress, error, unchecked } = state;
  return (
    <nav class="filters" aria-label="Findings of the check">
      <h2>Check</h2>
      {state.images === 0
        ? null
        : FINDING_KINDS.filter((kind) => counts[kind] > 0 || imageQuery.value.found === kind).map((kind) => (
            <Filter
              key={kind}
              name={findingWords(kind).name}
              images={counts[kind]}
              isOn={imageQuery.value.found === kind}
              onPress={(isOn) => show({ found: isOn ? undefined : kind, judged: undefined })}
            />
          ))}
      {status === 'there' && FINDING_KINDS.every((kind) => counts[kind] === 0) ? (
        <p class="soft">Nothing found.</p>
      ) : null}
      {status === 'running' ? (
        <div class="stack tight checking">
          <progress
            aria-label={`Checking the ${noun.value.several}`}
            max={1}
            value={progress?.total ? progress.done / progress.total : undefined}
          />
          <p class="soft numbers">
            {progress === null ? `reading the ${noun.value.several}` : wordsOf(progress)}
          </p>
          <button type="button" class="quiet small" onClick={() => void attempt(() => engine.stopCheck())}>
            Stop
          </button>
        </div>
      ) : (
        <button type="button" class="class new" onClick={() => void attempt(() => engine.check())}>
          <Icon name="check" /> {state.images === 0 ? `Check the ${noun.value.several}` : 'Check again'}
        </button>
      )}
      {status === 'none' ? (
        <p class="soft wide-only">
          For wrong labels, duplicates{isOfTexts.value ? ' and outliers' : ', leaks and poor images'}.
        </p>
      ) : null}
      {unchecked > 0 && status === 'there' ? <p class="soft">{countExamples(unchecked, 'new ')}</p> : null}
      {error === null ? null : (
        <p class="problem" role="alert">
          {error}
        </p>
      )}
    </nav>
  );
}

/** What a check is doing, for people who know no features. */
function wordsOf({ stage, done, total }: ProgressEvent): string {
  const words = STAGES[stage] ?? stage;
  return total === null ? words : `${words}, ${count(done)} of ${count(total)}`;
}

function ModelFilters(): JSX.Element | null {
  const current = currentRun.value;
  if (current === undefined || !current.tellsClasses) return null;
  const { run } = current;
  const found = results.value[run];
  const { judged } = imageQuery.value;
  return (
    <nav class="filters" aria-label="What the model says">
      <h2 title={run}>Model {run}</h2>
      {JUDGED.filter(([kind]) => kind !== 'unknown' || found?.unknown !== null).map(([kind, name]) => (
        <Filter
          key={kind}
          name={name}
          images={kind === 'unknown' ? (found?.unknown ?? undefined) : undefined}
          isOn={judged?.show === kind}
          onPress={(isOn) => {
            show({ judged: isOn ? undefined : { run, show: kind }, found: undefined });
            if (!isOn) void ask(run);
          }}
        />
      ))}
      {judged !== undefined && found?.status === 'asking' ? (
        <p class="soft" role="status">
          The model looks at every {noun.value.one} ...
        </p>
      ) : null}
    </nav>
  );
}

async function ask(run: string): Promise<void> {
  const known = await attempt(() => engine.results(run));
  const next = known?.status === 'none' ? await attempt(() => engine.judge(run)) : known;
  if (next !== undefined) results.value = { ...results.value, [run]: next };
}

/** What is asked beside what is asked already. */
function show(query: ImageQuery): void {
  imageQuery.value = { ...imageQuery.value, bin: undefined, ...query };
  selection.value = new Set();
  scrollTo({ top: 0 });
}

interface FilterProps {
  readonly name: string;
  readonly images?: number | undefined;
  readonly isOn: boolean;
  readonly onPress: (isOn: boolean) => void;
}

function Filter({ name, images, isOn, onPress }: FilterProps): JSX.Element {
  return (
    <button
      type="button"
      class={isOn ? 'class on' : 'class'}
      aria-pressed={isOn}
      onClick={() => onPress(isOn)}
    >
      <span class="class-name">{name}</span>
      {images === undefined ? null : <span class="class-count">{count(images)}</span>}
    </button>
  );
}
