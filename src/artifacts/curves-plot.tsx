/** @file The curves of a run, loss and accuracy by epoch: as an SVG file, and as plots for a page. */

import { renderToString } from 'preact-render-to-string';
import type { EpochRecord } from '../core/fit/history.ts';
import { LinePanel, type LinePlotProps, type PlotMark } from '../ui/charts/line-plot.tsx';
import { FILE_PALETTE } from '../ui/charts/palette.ts';
import { PLOT_SIZE } from '../ui/charts/plot-frame.tsx';

/** What is drawn beside the loss: the first of them that was measured. `fraction`: between 0 and 1, as a percentage. */
const METRICS = [
  { name: 'accuracy', title: 'Accuracy', scale: 'fraction' },
  { name: 'f1_score', title: 'F1', scale: 'fraction' },
  { name: 'mae', title: 'Mean absolute error', scale: 'fromZero' },
] as const;
type Scale = (typeof METRICS)[number]['scale'];

/**
 * Draws two panels side by side, loss and accuracy (of labels F1, of values the mean absolute error), each with
 * training and validation.
 *
 * A line marks where another phase begins.
 *
 * @param bestEpoch - Marked by a dashed line; 0 marks none.
 */
export function curvesPlot(records: readonly EpochRecord[], bestEpoch: number): string {
  const panels = curvePanels(records, bestEpoch);
  const width = PLOT_SIZE.width * panels.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${PLOT_SIZE.height}" viewBox="0 0 ${width} ${PLOT_SIZE.height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<title>Loss and accuracy by epoch</title>',
    `<rect width="${width}" height="${PLOT_SIZE.height}" fill="${FILE_PALETTE.paper}"/>`,
    ...panels.map((panel, index) =>
      renderToString(
        <g transform={`translate(${index * PLOT_SIZE.width} 0)`}>
          <LinePanel {...panel} palette={FILE_PALETTE} />
        </g>,
      ),
    ),
    '</svg>',
    '',
  ].join('\n');
}

/** The panels of {@link curvesPlot}, for a page. */
export function curvePanels(records: readonly EpochRecord[], bestEpoch: number): LinePlotProps[] {
  const { name, title, scale } =
    METRICS.find((metric) => records.some(({ logs }) => metric.name in logs)) ?? METRICS[0];
  return [
    panelOf('Loss', 'loss', 'fromZero', records, bestEpoch),
    panelOf(title, name, scale, records, bestEpoch),
  ];
}

function panelOf(
  title: string,
  metric: string,
  scale: Scale,
  records: readonly EpochRecord[],
  bestEpoch: number,
): LinePlotProps {
  const series = [
    { label: 'training', color: 'sea', key: metric },
    { label: 'validation', color: 'clay', key: `val_${metric}` },
  ] as const;
  const numbers = series
    .flatMap(({ key }) => records.map(({ logs }) => logs[key]))
    .filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  const isFraction = scale === 'fraction';
  return {
    title,
    x: { label: 'epoch', domain: [1, Math.max(2, records.length)], isWhole: true },
    y: {
      domain: isFraction ? [Math.min(...numbers, 1), 1] : [0, Math.max(...numbers, 1e-3)],
      format: isFraction ? 'percent' : 'number',
      isNice: true,
    },
    series: series
      .filter(({ key }) => records.some(({ logs }) => logs[key] !== undefined))
      .map(({ label, color, key }) => ({
        label,
        color,
        hasDots: true,
        points: records.map(({ logs }, index) => [index + 1, logs[key] ?? Number.NaN] as const),
      })),
    marks: [...phaseMarks(records), ...bestMark(bestEpoch)],
  };
}

/** The first epochs of all phases but the first. */
function phaseMarks(records: readonly EpochRecord[]): PlotMark[] {
  return records
    .filter(({ phase }, index) => index > 0 && phase !== records[index - 1]!.phase)
    .map(({ epoch, phase }) => ({
      x: epoch - 0.5,
      text: `phase ${phase}`,
      title: `phase ${phase} begins`,
    }));
}

function bestMark(bestEpoch: number): PlotMark[] {
  return bestEpoch > 0 ? [{ x: bestEpoch, title: `best epoch: ${bestEpoch}`, isDashed: true }] : [];
}
