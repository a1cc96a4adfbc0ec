/** @file The decision threshold of a class: what each one would find, and what it would take for it by mistake. */

import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import type { ThresholdPoint } from '../../../core/evaluation/threshold-curves.ts';
import { LinePlot } from '../../../ui/charts/line-plot.tsx';
import type { ThresholdChoice } from '../../engine/run-state.ts';
import { countExamples, noun } from '../noun.ts';
import { attempt, engine, project } from '../store.ts';
import { count, percent } from '../words.ts';

export interface ThresholdSliderProps {
  readonly run: string;
  readonly classNames: readonly string[];
}

export function ThresholdSlider({ run, classNames }: ThresholdSliderProps): JSX.Element {
  const [className, setClassName] = useState(classNames.at(-1)!);
  const [choice, setChoice] = useState<ThresholdChoice>();
  const [threshold, setThreshold] = useState(0.5);
  const version = project.value?.version;
  useEffect(
    () => void attempt(() => engine.thresholds(run, className)).then(setChoice),
    [run, className, version],
  );
  const ids = [useId(), useId()] as const;
  return (
    <>
      <div class="row wrap">
        <label for={ids[0]}>Say</label>
        <select
          id={ids[0]}
          value={className}
          onChange={({ currentTarget }) => setClassName(currentTarget.value)}
        >
          {classNames.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <label for={ids[1]}>from a probability of</label>
        <input
          id={ids[1]}
          class="slider"
          type="range"
          min={0.01}
          max={0.99}
          step={0.01}
          value={threshold}
          aria-valuetext={percent(threshold)}
          onInput={({ currentTarget }) => setThreshold(Number(currentTarget.value))}
        />
        <strong class="numbers">{percent(threshold)}</strong>
      </div>
      {choice === undefined ? (
        <p class="soft">Counting ...</p>
      ) : choice.points.length === 0 ? (
        <p class="soft">
          This needs {noun.value.several} that the model has not seen, of “{choice.className}” and of other
          classes.
        </p>
      ) : (
        <Rates choice={choice} threshold={threshold} isOfTwo={classNames.length === 2} />
      )}
    </>
  );
}

interface RatesProps {
  readonly choice: ThresholdChoice;
  readonly threshold: number;
  readonly isOfTwo: boolean;
}

function Rates({ choice, threshold, isOfTwo }: RatesProps): JSX.Element {
  const { className, positives, negatives, points, auc, averagePrecision } = choice;
  const at = points.findLast((point) => point.threshold >= threshold);
  const hits = Math.round((at?.recall ?? 0) * positives);
  const alarms = Math.round((at?.falsePositiveRate ?? 0) * negatives);
  const best = bestF1(points);
  const facts: readonly (readonly [string, string])[] = [
    ['recall', percent(at?.recall ?? 0)],
    ['precision', percent(at?.precision)],
    [`of ${countExamples(positives)} found`, count(hits)],
    [`of ${count(negatives)} others taken for it`, count(alarms)],
  ];
  return (
    <div class="pair">
      <div class="stack">
        <dl class="facts" aria-live="polite">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <p class="soft">
          The best F1 is at {percent(best.threshold)}: recall {percent(best.recall)}, precision{' '}
          {percent(best.precision)}. Area under the ROC curve {auc?.toFixed(3)}, average precision{' '}
          {averagePrecision?.toFixed(3)}. By {noun.value.several} that the model has not seen, and the labels
          that they have now.
        </p>
        {isOfTwo ? (
          <p class="soft">
            To have a threshold in the model file, train with a goal (More, Threshold):{' '}
            <code class="command">
              recall={goalOf(at?.recall ?? 1)},class={className}
            </code>
            .
          </p>
        ) : null}
      </div>
      <figure class="plot">
        <LinePlot
          title="Precision and recall"
          description={`Precision over recall of ${className}; average precision ${averagePrecision?.toFixed(3)}`}
          x={{ label: 'recall', domain: [0, 1], format: 'percent' }}
          y={{ domain: [0, 1], format: 'percent' }}
          series={[
            {
              label: 'any threshold',
              color: 'sea',
              points: points.map(({ recall, precision }) => [recall, precision] as const),
            },
          ]}
          spots={
            at === undefined
              ? []
              : [{ at: [at.recall, at.precision], label: percent(threshold), color: 'clay' }]
          }
        />
      </figure>
    </div>
  );
}

function bestF1(points: readonly ThresholdPoint[]): ThresholdPoint {
  const f1 = ({ precision, recall }: ThresholdPoint): number =>
    precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return points.reduce((best, point) => (f1(point) > f1(best) ? point : best));
}

/** In (0, 1], with two digits. */
function goalOf(recall: number): number {
  return Math.max(0.01, Math.floor(recall * 100) / 100);
}
