/** @file The curves of a run, loss and accuracy by epoch, as an SVG image. */

import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { EpochRecord } from '../core/fit/history.ts';

const PANEL = { width: 420, height: 260, left: 56, right: 16, top: 40, bottom: 44 } as const;
const COLORS = { training: '#1f6feb', validation: '#d1570a', best: '#8b949e', phase: '#57606a' } as const;

interface Curve {
  readonly label: 'training' | 'validation';
  /** By epoch, from the first; undefined where nothing was measured. */
  readonly values: readonly (number | undefined)[];
}

/** What is drawn beside the loss: the first of them that was measured. `share`: between 0 and 1, as a percentage. */
const METRICS = [
  { name: 'accuracy', title: 'Accuracy', scale: 'fraction' },
  { name: 'f1_score', title: 'F1', scale: 'fraction' },
  { name: 'mae', title: 'Mean absolute error', scale: 'fromZero' },
] as const;
type Scale = (typeof METRICS)[number]['scale'];

/**
 * Draws two panels side by side, loss and accuracy (of labels F1, of numbers the mean absolute error), each with
 * training and validation.
 *
 * A line marks where another phase begins.
 *
 * @param bestEpoch - Marked by a dashed line; 0 marks none.
 */
export function curvesPlot(records: readonly EpochRecord[], bestEpoch: number): string {
  const { name, title, scale } =
    METRICS.find((metric) => records.some(({ logs }) => metric.name in logs)) ?? METRICS[0];
  const curvesOf = (metric: string): Curve[] => [
    { label: 'training', values: records.map(({ logs }) => logs[metric]) },
    { label: 'validation', values: records.map(({ logs }) => logs[`val_${metric}`]) },
  ];
  const panels = [
    panel('Loss', 'fromZero', records, bestEpoch, curvesOf('loss')),
    panel(title, scale, records, bestEpoch, curvesOf(name)),
  ];
  const width = PANEL.width * panels.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${PANEL.height}" viewBox="0 0 ${width} ${PANEL.height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<title>Loss and accuracy by epoch</title>',
    `<rect width="${width}" height="${PANEL.height}" fill="#ffffff"/>`,
    ...panels.map((content, index) => `<g transform="translate(${index * PANEL.width} 0)">${content}</g>`),
    '</svg>',
    '',
  ].join('\n');
}

function panel(
  title: string,
  scale: Scale,
  records: readonly EpochRecord[],
  bestEpoch: number,
  curves: Curve[],
): string {
  const numbers = curves.flatMap(({ values }) => values.filter((value) => isDrawn(value)));
  const x = scaleLinear()
    .domain([1, Math.max(2, records.length)])
    .range([PANEL.left, PANEL.width - PANEL.right]);
  const isFraction = scale === 'fraction';
  const y = scaleLinear()
    .domain(isFraction ? [Math.min(...numbers, 1), 1] : [0, Math.max(...numbers, 1e-3)])
    .nice()
    .range([PANEL.height - PANEL.bottom, PANEL.top]);
  const parts = [
    `<text x="${PANEL.left}" y="22" font-size="14" font-weight="600" fill="#1f2328">${title}</text>`,
  ];
  const format = y.tickFormat(5, isFraction ? '%' : undefined);
  for (const tick of y.ticks(5)) {
    parts.push(
      `<line x1="${PANEL.left}" x2="${PANEL.width - PANEL.right}" y1="${px(y(tick))}" y2="${px(y(tick))}" stroke="#e6e8eb"/>`,
      `<text x="${PANEL.left - 8}" y="${px(y(tick) + 4)}" text-anchor="end" fill="#57606a">${format(tick)}</text>`,
    );
  }
  for (const tick of x.ticks(Math.min(8, records.length)).filter(Number.isInteger)) {
    parts.push(
      `<text x="${px(x(tick))}" y="${PANEL.height - PANEL.bottom + 18}" text-anchor="middle" fill="#57606a">${tick}</text>`,
    );
  }
  parts.push(
    `<text x="${(PANEL.left + PANEL.width - PANEL.right) / 2}" y="${PANEL.height - 8}" text-anchor="middle" fill="#57606a">epoch</text>`,
  );
  for (const { epoch, phase } of phaseBeginnings(records)) {
    const at = px(x(epoch - 0.5));
    parts.push(
      `<line x1="${at}" x2="${at}" y1="${PANEL.top}" y2="${PANEL.height - PANEL.bottom}" stroke="${COLORS.phase}"><title>phase ${phase} begins</title></line>`,
      `<text x="${px(x(epoch - 0.5) + 4)}" y="${PANEL.height - PANEL.bottom - 6}" fill="${COLORS.phase}">phase ${phase}</text>`,
    );
  }
  if (bestEpoch > 0) {
    parts.push(
      `<line x1="${px(x(bestEpoch))}" x2="${px(x(bestEpoch))}" y1="${PANEL.top}" y2="${PANEL.height - PANEL.bottom}" stroke="${COLORS.best}" stroke-dasharray="4 3"><title>best epoch: ${bestEpoch}</title></line>`,
    );
  }
  const path = line<number | undefined>()
    .defined(isDrawn)
    .x((_, index) => x(index + 1))
    .y((value) => y(value ?? 0));
  curves
    .filter(({ values }) => values.some((value) => value !== undefined))
    .forEach(({ label, values }, index) => {
      const color = COLORS[label];
      parts.push(`<path d="${path([...values]) ?? ''}" fill="none" stroke="${color}" stroke-width="2"/>`);
      values.forEach((value, epoch) => {
        if (!isDrawn(value)) return;
        parts.push(`<circle cx="${px(x(epoch + 1))}" cy="${px(y(value))}" r="2.5" fill="${color}"/>`);
      });
      const legend = PANEL.width - PANEL.right - 170 + index * 84;
      parts.push(
        `<rect x="${legend}" y="14" width="10" height="10" fill="${color}"/>`,
        `<text x="${legend + 14}" y="23" fill="#1f2328">${label}</text>`,
      );
    });
  return parts.join('\n');
}

/** The first epochs of all phases but the first. */
function phaseBeginnings(records: readonly EpochRecord[]): EpochRecord[] {
  return records.filter(({ phase }, index) => index > 0 && phase !== records[index - 1]!.phase);
}

/** A loss can be infinite before training is stopped. */
function isDrawn(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}

function px(value: number): string {
  return value.toFixed(1);
}
