/** @file How sure a model is, and whether it may be: reliability, and what other thresholds would give. */

import type { JSX } from 'preact';
import { visible } from '../core/errors/visible-text.ts';
import { LinePlot, type PlotPoint, type PlotSpot } from '../ui/charts/line-plot.tsx';
import { SERIES_COLORS } from '../ui/charts/palette.ts';
import { ReliabilityPlot } from '../ui/charts/reliability-plot.tsx';
import { type Fact, Facts } from '../ui/facts.tsx';
import { Section } from '../ui/section.tsx';
import {
  type MeasuredClasses,
  type ReportedInfo,
  type StoredConfidence,
  storedConfidence,
} from './report-data.ts';
import { decimal, percent } from './report-numbers.ts';

/** More curves cannot be told apart: those of the least area are drawn. */
const MAX_CURVES = 5;

export interface ConfidenceSectionProps {
  readonly classes: MeasuredClasses;
  readonly one: string;
  readonly info: ReportedInfo;
}

export function ConfidenceSection({ classes, one, info }: ConfidenceSectionProps): JSX.Element {
  const facts = factsOf(storedConfidence(info), one);
  const { calibration, curves, threshold } = classes;
  const shown = curves.toSorted((a, b) => a.curves.auc - b.curves.auc).slice(0, MAX_CURVES);
  const series = (points: (curve: (typeof shown)[number]) => PlotPoint[]) =>
    shown.map((curve, index) => ({
      label: shorten(curve.className),
      color: SERIES_COLORS[index]!,
      points: points(curve),
    }));
  const spots = (of: (point: Chosen) => PlotPoint): PlotSpot[] => {
    const [only] = shown;
    if (threshold === undefined || only === undefined) return [];
    const chosen = chosenPoint(only, threshold);
    return chosen === undefined
      ? []
      : [{ at: of(chosen), label: `threshold ${percent(threshold)}`, color: 'clay' as const }];
  };
  const auc = shown.map(({ className, curves: { auc: area } }) => `${className} ${decimal(area)}`).join(', ');
  return (
    <Section
      id="confidence"
      title="How sure it is"
      note={`Expected calibration error ${percent(calibration.error)}: the mean distance between how sure it is and how often it is right.`}
    >
      {facts.length === 0 ? null : <Facts facts={facts} />}
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
            <figcaption>
              {`Average precision: ${shown.map(({ className, curves: each }) => `${className} ${decimal(each.averagePrecision)}`).join(', ')}.`}
            </figcaption>
          </figure>
        )}
      </div>
    </Section>
  );
}

/** What was found out at the end of the training. */
function factsOf({ calibration, unknown, decision }: StoredConfidence, one: string): Fact[] {
  return [
    ...(calibration === undefined
      ? []
      : [
          {
            label: 'temperature',
            value: decimal(calibration.temperature, 2),
            detail: `calibration error ${percent(calibration.validation.before.error)} before, ${percent(calibration.validation.after.error)} after`,
          },
        ]),
    ...(unknown === undefined
      ? []
      : [
          {
            label: `good ${one}s taken for unknown`,
            value: percent(unknown.validation.rejected / Math.max(1, unknown.validation.examples)),
            detail: `of ${unknown.validation.examples} validation ${one}s; at most ${percent(unknown.rate)} was asked for`,
          },
        ]),
    ...(decision?.thresholds ?? []).slice(0, 6).map(({ className, threshold }) => ({
      label: `threshold of ${visible(className)}, for ${decision!.goal}`,
      value: decimal(threshold),
    })),
  ];
}

type Chosen = MeasuredClasses['curves'][number]['curves']['points'][number];

/** The last threshold that is not below the chosen one. */
function chosenPoint({ curves }: MeasuredClasses['curves'][number], threshold: number): Chosen | undefined {
  return curves.points.findLast((point) => point.threshold >= threshold);
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
