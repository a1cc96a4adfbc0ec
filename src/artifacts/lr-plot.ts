/** @file The loss over the learning rate, from a search for one, as an SVG image. */

import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { LearningRatePoint, LearningRateSearch } from '../core/fit/lr-find.ts';

const PANEL = { width: 640, height: 320, left: 56, right: 20, top: 44, bottom: 48 } as const;
/** Room above the fall, as a part of it: enough to see that the loss rises again. */
const ABOVE_FALL = 0.25;
const COLORS = {
  loss: '#c6d9f5',
  smoothed: '#1f6feb',
  suggested: '#1a7f37',
  steepest: '#d1570a',
  minimumTenth: '#57606a',
} as const;

/**
 * Draws the losses and the smoothed losses, and marks the suggestions. The rate's axis is logarithmic; the losses' is that
 * of the fall, and what rises above it runs along its upper edge.
 */
export function learningRatePlot(search: LearningRateSearch): string {
  const { points, suggested, steepest, minimumTenth } = search;
  const { width, height, left, right, top, bottom } = PANEL;
  const rates = points.map(({ learningRate }) => learningRate);
  const x = scaleLog()
    .domain([rates[0] ?? 1e-7, Math.max(rates.at(-1) ?? 10, (rates[0] ?? 1e-7) * 1.01)])
    .range([left, width - right]);
  const low = Math.min(...points.flatMap(({ loss, smoothedLoss }) => [loss, smoothedLoss]), Number.MAX_VALUE);
  // By what comes before the lowest: the losses behind it, which run away, would flatten the fall.
  const smoothed = points.map(({ smoothedLoss }) => smoothedLoss);
  const fallen = Math.max(...smoothed.slice(0, smoothed.indexOf(Math.min(...smoothed)) + 1), 0);
  const high = fallen + (fallen - low) * ABOVE_FALL;
  const y = scaleLinear()
    .domain(points.length === 0 ? [0, 1] : [low - (high - low) * 0.05, high + (high - low) * 0.05 || 1])
    .nice()
    .range([height - bottom, top])
    .clamp(true);
  const curve = (of: (point: LearningRatePoint) => number): string =>
    line<LearningRatePoint>()
      .x(({ learningRate }) => x(learningRate))
      .y((point) => y(of(point)))([...points]) ?? '';

  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${left}" y="24" font-size="14" font-weight="600" fill="#1f2328">Loss by learning rate</text>`,
  ];
  const format = y.tickFormat(5);
  for (const tick of y.ticks(5)) {
    parts.push(
      `<line x1="${left}" x2="${width - right}" y1="${px(y(tick))}" y2="${px(y(tick))}" stroke="#e6e8eb"/>`,
      `<text x="${left - 8}" y="${px(y(tick) + 4)}" text-anchor="end" fill="#57606a">${format(tick)}</text>`,
    );
  }
  for (const tick of x.ticks().filter(isPowerOfTen)) {
    parts.push(
      `<line x1="${px(x(tick))}" x2="${px(x(tick))}" y1="${height - bottom}" y2="${height - bottom + 5}" stroke="#57606a"/>`,
      `<text x="${px(x(tick))}" y="${height - bottom + 19}" text-anchor="middle" fill="#57606a">${shown(tick)}</text>`,
    );
  }
  parts.push(
    `<text x="${(left + width - right) / 2}" y="${height - 8}" text-anchor="middle" fill="#57606a">learning rate</text>`,
    `<path d="${curve(({ loss }) => loss)}" fill="none" stroke="${COLORS.loss}" stroke-width="1.5"/>`,
    `<path d="${curve(({ smoothedLoss }) => smoothedLoss)}" fill="none" stroke="${COLORS.smoothed}" stroke-width="2"/>`,
  );
  const marks = [
    { label: 'suggested', rate: suggested, color: COLORS.suggested },
    { label: 'steepest', rate: steepest, color: COLORS.steepest },
    { label: 'a tenth of the lowest', rate: minimumTenth, color: COLORS.minimumTenth },
  ].filter((mark): mark is typeof mark & { rate: number } => mark.rate !== undefined);
  marks.forEach(({ label, rate, color }, index) => {
    const at = px(Math.min(Math.max(x(rate), left), width - right));
    parts.push(
      `<line x1="${at}" x2="${at}" y1="${top}" y2="${height - bottom}" stroke="${color}" stroke-dasharray="4 3"><title>${label}: ${shown(rate)}</title></line>`,
      `<text x="${width - right}" y="${16 + index * 16}" text-anchor="end" fill="${color}">${label}: ${shown(rate)}</text>`,
    );
  });
  return [...parts, '</svg>', ''].join('\n');
}

function isPowerOfTen(value: number): boolean {
  return Number(value.toExponential().split('e')[0]) === 1;
}

/** `1e-3`, `2.5e-4` */
function shown(rate: number): string {
  return Number(rate.toPrecision(2)).toExponential().replace('e+', 'e');
}

function px(value: number): string {
  return value.toFixed(1);
}
