/** @file Curves of a training: one metric by epoch, of training and of validation images. */

import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { JSX } from 'preact';
import type { RunHistory } from '../../engine/run-state.ts';

const SIZE = { width: 460, height: 230, left: 46, right: 12, top: 14, bottom: 34 } as const;

export interface CurvesProps {
  readonly title: string;
  readonly metric: 'loss' | 'accuracy';
  readonly epochs: RunHistory;
  /** From 1; marked by a line. */
  readonly best: number | undefined;
}

export function Curves({ title, metric, epochs, best }: CurvesProps): JSX.Element {
  const { width, height, left, right, top, bottom } = SIZE;
  const last = Math.max(epochs.at(-1)?.epoch ?? 1, 10);
  const values = epochs.flatMap(({ metrics }) => [metrics[metric], metrics[`val_${metric}`]]);
  const known = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  const x = scaleLinear([1, last], [left, width - right]);
  const lowest = metric === 'accuracy' ? Math.min(0.9, ...known) : 0;
  const highest = metric === 'accuracy' ? 1 : Math.max(0.1, ...known);
  const y = scaleLinear([lowest, highest], [height - bottom, top]).nice(5);
  const format = metric === 'accuracy' ? (tick: number) => `${Math.round(tick * 100)}%` : String;
  return (
    <figure class="plot">
      <figcaption>
        <strong>{title}</strong>
        <span class="key sea">training</span>
        <span class="key clay">validation</span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={describe(title, metric, epochs)}>
        {y.ticks(4).map((tick) => (
          <g key={tick}>
            <line class="rule" x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} />
            <text class="tick" x={left - 8} y={y(tick) + 4} text-anchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        {x
          .ticks(6)
          .filter(Number.isInteger)
          .map((tick) => (
            <text class="tick" key={tick} x={x(tick)} y={height - 12} text-anchor="middle">
              {tick}
            </text>
          ))}
        {best === undefined || best < 1 ? null : (
          <line class="best" x1={x(best)} x2={x(best)} y1={top} y2={height - bottom} />
        )}
        {(['', 'val_'] as const).map((prefix) => (
          <path key={prefix} class={prefix === '' ? 'curve sea' : 'curve clay'} d={pathOf(prefix + metric)} />
        ))}
      </svg>
    </figure>
  );

  function pathOf(name: string): string {
    const points = epochs.filter(({ metrics }) => Number.isFinite(metrics[name]));
    const draw = line<(typeof points)[number]>(
      ({ epoch }) => x(epoch),
      ({ metrics }) => y(metrics[name]!),
    );
    return draw(points) ?? '';
  }
}

function describe(title: string, metric: string, epochs: RunHistory): string {
  const last = epochs.at(-1);
  if (last === undefined) return `${title}: no epochs yet`;
  const value = last.metrics[`val_${metric}`] ?? last.metrics[metric] ?? 0;
  return `${title} after ${last.epoch} epochs: ${value.toFixed(3)}`;
}
