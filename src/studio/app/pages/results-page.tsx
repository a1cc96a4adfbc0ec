/** @file What a model gets right and wrong: numbers, the confusion matrix, and the images behind each of them. */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Column, DataTable, Scroll } from '../../../ui/data-table.tsx';
import type { ImageQuery, JudgedQuery } from '../../engine/project-state.ts';
import type { RunResults, RunSummary } from '../../engine/run-state.ts';
import { countExamples, isOfTexts, noun } from '../noun.ts';
import { ImageGrid } from '../parts/image-grid.tsx';
import { RunChoice } from '../parts/run-choice.tsx';
import { SelectionBar } from '../parts/selection-bar.tsx';
import { Sureness } from '../parts/sureness.tsx';
import { ThresholdSlider } from '../parts/threshold-slider.tsx';
import { TrainAgainButton, TrainedAgain } from '../parts/train-again.tsx';
import { attempt, currentRun, engine, project, results, selection } from '../store.ts';
import { count, interval, percent, sentence } from '../words.ts';
import { NeedsRun } from './runs-page.tsx';

interface Shown {
  readonly show: JudgedQuery['show'];
  readonly truth?: string;
  readonly predicted?: string;
  readonly heldOut: boolean;
}

export function ResultsPage(): JSX.Element {
  const current = currentRun.value;
  return (
    <div class="page">
      <header class="page-head">
        <h1>Results</h1>
        <div class="row wrap">
          <RunChoice />
          {current === undefined ? null : <TrainAgainButton summary={current} />}
        </div>
      </header>
      {current === undefined ? (
        <NeedsRun />
      ) : !current.tellsClasses ? (
        <p class="note">The studio shows results of models that tell classes.</p>
      ) : (
        <Results key={current.run} summary={current} />
      )}
    </div>
  );
}

function Results({ summary }: { readonly summary: RunSummary }): JSX.Element {
  const { run } = summary;
  const found = results.value[run];
  const version = project.value?.version;
  const [shown, setShown] = useState<Shown>({ show: 'wrong', heldOut: false });
  const [view, setView] = useState<keyof typeof VIEWS>('images');
  useEffect(() => {
    // After an edit, the same predictions are counted by the new labels.
    void attempt(() => engine.results(run)).then(async (known) => {
      const next = known?.status === 'none' ? await attempt(() => engine.judge(run)) : known;
      if (next !== undefined) results.value = { ...results.value, [run]: next };
    });
    selection.value = new Set();
  }, [run, version]);
  const choose = (next: Shown): void => {
    selection.value = new Set();
    setView('images');
    setShown(next);
  };
  return (
    <>
      <TrainedAgain summary={summary} />
      <Metrics summary={summary} />
      {found === undefined || found.status === 'asking' || found.status === 'none' ? (
        <section class="card">
          <p aria-live="polite">The model looks at every {noun.value.one} ...</p>
          <progress aria-label={`The model looks at every ${noun.value.one}`} />
        </section>
      ) : found.status === 'failed' ? (
        <p class="problem" role="alert">
          {found.error}
        </p>
      ) : (
        <>
          <Confusion found={found} shown={shown} onChoose={choose} />
          {found.unasked === 0 ? null : (
            <p class="note row wrap">
              {countExamples(found.unasked)} came after the model was asked.
              <button type="button" onClick={() => void attempt(() => engine.judge(run))}>
                Ask again
              </button>
            </p>
          )}
          <div class="segments" role="group" aria-label="What is shown of the model">
            {(['images', 'sureness', 'threshold'] as const).map((name) => (
              <button key={name} type="button" aria-pressed={view === name} onClick={() => setView(name)}>
                {name === 'images' ? sentence(noun.value.several) : VIEWS[name]}
              </button>
            ))}
          </div>
          {view === 'images' ? (
            <JudgedImages run={run} found={found} shown={shown} onChoose={choose} />
          ) : view === 'sureness' ? (
            <section class="card stack" aria-label={VIEWS.sureness}>
              <h2>Is it as often right as it is sure?</h2>
              <Sureness run={run} />
            </section>
          ) : (
            <section class="card stack" aria-label={VIEWS.threshold}>
              <h2>From when on is it that class?</h2>
              <ThresholdSlider run={run} classNames={found.classNames} />
            </section>
          )}
        </>
      )}
    </>
  );
}

const VIEWS = { images: 'Images', sureness: 'How sure it is', threshold: 'Threshold' } as const;

const SHOWN: readonly (readonly [JudgedQuery['show'], string])[] = [
  ['wrong', 'Top losses'],
  ['unsure', 'Least sure'],
  ['unknown', 'Unknown to it'],
];

interface JudgedImagesProps {
  readonly run: string;
  readonly found: RunResults;
  readonly shown: Shown;
  readonly onChoose: (shown: Shown) => void;
}

function JudgedImages({ run, found, shown, onChoose }: JudgedImagesProps): JSX.Element {
  const [showsHeat, setShowsHeat] = useState(false);
  const query: ImageQuery = { judged: { run, ...shown } };
  return (
    <section class="stack" aria-label={`${sentence(noun.value.several)} behind the numbers`}>
      <header class="row between wrap">
        <h2>{titleOf(shown)}</h2>
        <div class="segments" role="group" aria-label={`Which ${noun.value.several}`}>
          {SHOWN.filter(([show]) => show !== 'unknown' || found.unknown !== null).map(([show, name]) => (
            <button
              key={show}
              type="button"
              aria-pressed={shown.show === show}
              onClick={() => onChoose({ show, heldOut: shown.heldOut })}
            >
              {name}
              {show === 'unknown' ? <span class="soft">{count(found.unknown!)}</span> : null}
            </button>
          ))}
          <label class="row check">
            <input
              type="checkbox"
              checked={shown.heldOut}
              onChange={({ currentTarget }) => onChoose({ ...shown, heldOut: currentTarget.checked })}
            />
            only held out
          </label>
          {isOfTexts.value ? null : (
            <label class="row check">
              <input
                type="checkbox"
                checked={showsHeat}
                onChange={({ currentTarget }) => setShowsHeat(currentTarget.checked)}
              />
              heat maps
            </label>
          )}
        </div>
      </header>
      <p class="soft">
        Is a label wrong? Select its {noun.value.several} and move them, here: keys 1 to 9 are the classes.
        Then train again.
        {showsHeat
          ? ' What glows speaks for the class that is predicted.'
          : ` Enter opens ${isOfTexts.value ? 'a text' : 'an image'}, and why.`}
      </p>
      <ImageGrid
        query={query}
        label={titleOf(shown)}
        run={run}
        showsHeat={showsHeat}
        empty={<p>None. {shown.show === 'wrong' ? 'The model is right about all of them.' : ''}</p>}
      />
      <SelectionBar />
    </section>
  );
}

const METRIC_COLUMNS: readonly Column[] = [
  { title: 'Examples' },
  { title: 'Accuracy', isNumber: true },
  { title: '95% CI' },
  { title: 'Baseline', isNumber: true },
  { title: 'Macro F1', isNumber: true },
  { title: 'Loss', isNumber: true },
];

function Metrics({ summary }: { readonly summary: RunSummary }): JSX.Element {
  const { train, validation, test, bestEpoch, epochs, backbone } = summary;
  const sets = [
    ['training', train],
    ['validation', validation],
    ['test', test],
  ] as const;
  const rows = sets.flatMap(([name, metrics]) => {
    if (metrics === null || !('accuracy' in metrics)) return [];
    const { accuracy, baseline, macroF1, loss, examples = 0 } = metrics;
    const range = name === 'training' ? '–' : interval(metrics.interval).replace('95% CI ', '');
    return [
      [
        `${count(examples)} ${name}`,
        <strong key="accuracy">{percent(accuracy)}</strong>,
        <span key="interval" class="numbers">
          {range}
        </span>,
        percent(baseline),
        macroF1?.toFixed(3) ?? '–',
        loss?.toFixed(3) ?? '–',
      ],
    ];
  });
  return (
    <section class="card stack" aria-label="Metrics">
      <DataTable label="Metrics, scrolls" columns={METRIC_COLUMNS} rows={rows} />
      <p class="soft">
        Best epoch {bestEpoch} of {epochs}, {backbone}. Baseline: always saying the most frequent class.
      </p>
    </section>
  );
}

interface ConfusionProps {
  readonly found: RunResults;
  readonly shown: Shown;
  readonly onChoose: (shown: Shown) => void;
}

function Confusion({ found, shown, onChoose }: ConfusionProps): JSX.Element {
  const { classNames, confusion, heldOut, heldOutRight } = found;
  const largest = Math.max(1, ...confusion.flat());
  return (
    <section class="card stack" aria-label="Confusion matrix">
      <header class="stack tight">
        <h2>{sentence(noun.value.several)} that the model has not seen</h2>
        <p class="soft">
          {count(heldOutRight)} of {countExamples(heldOut)} right
          {heldOut === 0 ? '' : `, ${percent(heldOutRight / heldOut)}, ${interval(found.interval)}`}, by the
          labels that they have now. Each number opens its {noun.value.several}.
        </p>
      </header>
      <Scroll label="Confusion matrix, scrolls">
        <table class="confusion">
          <thead>
            <tr>
              <th scope="col">true \ predicted</th>
              {classNames.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              <th scope="col">recall</th>
            </tr>
          </thead>
          <tbody>
            {classNames.map((truth, row) => (
              <tr key={truth}>
                <th scope="row">{truth}</th>
                {classNames.map((predicted, column) => {
                  const number = confusion[row]?.[column] ?? 0;
                  const isOn =
                    shown.show === 'cell' && shown.truth === truth && shown.predicted === predicted;
                  const depth = number === 0 ? 0 : 12 + Math.round((number / largest) * 30);
                  return (
                    <td key={predicted}>
                      <button
                        type="button"
                        class={`cell ${row === column ? 'right' : 'wrong'}`}
                        style={{ '--depth': String(depth) }}
                        disabled={number === 0}
                        aria-pressed={isOn}
                        aria-label={`${countExamples(number)} of ${truth} predicted as ${predicted}`}
                        onClick={() => onChoose({ show: 'cell', truth, predicted, heldOut: true })}
                      >
                        {count(number)}
                      </button>
                    </td>
                  );
                })}
                <td class="number">{percent(found.perClass[row]?.recall)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function titleOf({ show, truth, predicted }: Shown): string {
  if (show === 'wrong') return 'Where the model differs';
  if (show === 'unsure') return 'Where the model is least sure';
  if (show === 'unknown') return 'What is unlike the training';
  return truth === predicted ? `${truth}, and predicted so` : `${truth}, predicted as ${predicted}`;
}
