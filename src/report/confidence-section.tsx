/** @file How sure a model is, and whether it may be: reliability, and what other thresholds would give. */

import type { JSX } from 'preact';
import { visible } from '../core/errors/visible-text.ts';
import type { ConfidenceFacts } from '../runs/confidence/confidence.ts';
import { LinePlot, type PlotPoint, type PlotSpot } from '../ui/charts/line-plot.tsx';
import { SERIES_COLORS } from '../ui/charts/palette.ts';
import { ReliabilityPlot } from '../ui/charts/reliability-plot.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { type Fact, Facts } from '../ui/facts.tsx';
import { Name } from '../ui/name.tsx';
import { Section } from '../ui/section.tsx';
import { ExampleList } from './example-list.tsx';
import type { MeasuredCurves, MeasuredExamples, MeasuredProbabilities, ReportedInfo } from './report-data.ts';
import { count, decimal, formatCount, percent } from './report-numbers.ts';

/** More curves cannot be told apart: those of the least area are drawn. */
const MAX_CURVES = 5;

export interface ConfidenceSectionProps {
  readonly info: ReportedInfo;
  readonly one: string;
  /** Where there are examples with known labels. */
  readonly measured: MeasuredExamples | undefined;
}

/** Whether there is anything to tell. */
export function tellsConfidence(info: ReportedInfo, measured: MeasuredExamples | undefined): boolean {
  const { calibration, unknown, decision } = info.confidence ?? {};
  return [measured?.probabilities, calibration, unknown, decision].some((each) => each !== undefined);
}

export function ConfidenceSection({ info, one, measured }: ConfidenceSectionProps): JSX.Element {
  const probabilities = measured?.probabilities;
  const facts = factsOf(info.confidence ?? {}, one);
  return (
    <Section
      id="confidence"
      title="How sure it is"
      note={
        probabilities === undefined
          ? undefined
          : `Expected calibration error ${percent(probabilities.calibration.error)}: the mean distance between how sure it is and how often it is right.`
      }
    >
      {facts.length === 0 ? null : <Facts facts={facts} />}
      <Thresholds decision={info.confidence?.decision} one={one} />
      {probabilities === undefined ? null : <Plots probabilities={probabilities} one={one} />}
      {measured?.unknown === undefined ? null : (
        <Unknown unknown={measured.unknown} one={one} of={`${count(measured.examples)} ${measured.set}`} />
      )}
    </Section>
  );
}

/** What was found out at the end of the training. */
function factsOf({ calibration, unknown }: ConfidenceFacts, one: string): Fact[] {
  const facts: Fact[] = [];
  if (calibration !== undefined) {
    const { temperature, validation } = calibration;
    facts.push({
      label: 'temperature',
      value: decimal(temperature, 2),
      detail:
        temperature === 1
          ? `probabilities are the network's own: by cross-validation no other one does better; calibration error ${percent(validation.after.error)}`
          : `calibration error ${percent(validation.before.error)} before, ${percent(validation.after.error)} after`,
    });
  }
  if (unknown !== undefined) {
    const { examples, rejected } = unknown.validation;
    facts.push({
      label: `good ${one}s taken for unknown`,
      value: percent(rejected / Math.max(1, examples)),
      detail: `of ${formatCount(examples, `validation ${one}`)}; at most ${percent(unknown.rate)} was asked for`,
    });
  }
  return facts;
}

function Thresholds({
  decision,
  one,
}: {
  readonly decision: ConfidenceFacts['decision'];
  readonly one: string;
}): JSX.Element | null {
  if (decision === undefined) return null;
  return (
    <div class="stack-small">
      <h3>{`Thresholds for ${visible(decision.goal)}`}</h3>
      <DataTable
        label="Thresholds"
        columns={[
          { title: 'given above' },
          ...['threshold', 'precision', 'recall', 'F1', `validation ${one}s`].map((title) => ({
            title,
            isNumber: true,
          })),
        ]}
        rows={decision.thresholds.map(({ className, threshold, isReached, validation }) => [
          <>
            <Name of={className} />
            {isReached ? '' : ' (goal not reached)'}
          </>,
          decimal(threshold),
          percent(validation.precision),
          percent(validation.recall),
          decimal(validation.f1),
          count(validation.support),
        ])}
      />
    </div>
  );
}

function Unknown({
  unknown: { number, shown },
  one,
  of,
}: {
  readonly unknown: NonNullable<MeasuredExamples['unknown']>;
  readonly one: string;
  readonly of: string;
}): JSX.Element {
  return (
    <div class="stack-small">
      <h3>Unknown</h3>
      <p>
        {`${number === 0 ? 'None' : count(number)} of ${of} ${one}s ${number === 1 || number === 0 ? 'is' : 'are'} unlike what it was trained on${shown.length < number ? `; ${shown.length} shown` : ''}.`}
      </p>
      {shown.length === 0 ? null : <ExampleList examples={shown} />}
    </div>
  );
}

function Plots({
  probabilities: { calibration, curves },
  one,
}: {
  readonly probabilities: MeasuredProbabilities;
  readonly one: string;
}): JSX.Element {
  const shown = curves.toSorted((a, b) => a.curves.auc - b.curves.auc).slice(0, MAX_CURVES);
  const series = (points: (curve: (typeof shown)[number]) => PlotPoint[]) =>
    shown.map((curve, index) => ({
      label: shorten(visible(curve.className)),
      color: SERIES_COLORS[index]!,
      points: points(curve),
    }));
  const spots = (of: (point: Chosen) => PlotPoint): PlotSpot[] =>
    shown.flatMap((curve) => {
      const { className, threshold } = curve;
      const chosen = chosenPoint(curve);
      if (threshold === undefined || chosen === undefined) return [];
      const name = shown.length === 1 ? '' : `${shorten(visible(className))}, `;
      return [{ at: of(chosen), label: `${name}threshold ${percent(threshold)}`, color: 'clay' as const }];
    });
  const told = (value: (curve: MeasuredCurves['curves']) => number): string =>
    shown.map(({ className, curves: each }) => `${visible(className)} ${decimal(value(each))}`).join(', ');
  const auc = told((each) => each.auc);
  return (
    <div class="pair">
      <figure class="plot">
        <ReliabilityPlot
          title="Reliability"
          description={`Reliability diagram; expected calibration error ${percent(calibration.error)}`}
          bins={calibration.bins}
        />
        <figcaption>
          {`Bars: how many of the ${one}s it is right about; lines: how sure it is. Where a line stands above its bar, it is too sure. Pale bars are of few ${one}s.`}
        </figcaption>
      </figure>
      {shown.length === 0 ? null : (
        <figure class="plot">
          <LinePlot
            title="ROC"
            description={`ROC curve; area under it: ${auc}`}
            x={{ label: 'false positives', domain: [0, 1], format: 'percent' }}
            y={{ domain: [0, 1], format: 'percent' }}
            series={series(({ curves: { points } }) => [
              [0, 0],
              ...thinned(points.map((point) => [point.falsePositiveRate, point.recall] as const)),
            ])}
            spots={spots(({ falsePositiveRate, recall }) => [falsePositiveRate, recall])}
            chance={[
              [0, 0],
              [1, 1],
            ]}
          />
          <figcaption>{`Area under the curve: ${auc}. Dashed: chance.`}</figcaption>
        </figure>
      )}
      {shown.length === 0 ? null : (
        <figure class="plot">
          <LinePlot
            title="Precision and recall"
            description="Precision over recall"
            x={{ label: 'recall', domain: [0, 1], format: 'percent' }}
            y={{ domain: [0, 1], format: 'percent' }}
            series={series(({ curves: { points } }) =>
              thinned(points.map((point) => [point.recall, point.precision] as const)),
            )}
            spots={spots(({ recall, precision }) => [recall, precision])}
          />
          <figcaption>{`Average precision: ${told((each) => each.averagePrecision)}.`}</figcaption>
        </figure>
      )}
    </div>
  );
}

type Chosen = MeasuredCurves['curves']['points'][number];

/** What is above the threshold is predicted: the last point of such scores. */
function chosenPoint({ curves, threshold = 1 }: MeasuredCurves): Chosen | undefined {
  return curves.points.findLast((point) => point.threshold > threshold);
}

/** Points between two of the same height or place draw nothing. */
function thinned(points: readonly PlotPoint[]): PlotPoint[] {
  return points.filter(([x, y], index) => {
    const [before, after] = [points[index - 1], points[index + 1]];
    if (before === undefined || after === undefined) return true;
    return !((before[0] === x && after[0] === x) || (before[1] === y && after[1] === y));
  });
}

function shorten(name: string): string {
  return name.length <= 14 ? name : `${name.slice(0, 13)}…`;
}
