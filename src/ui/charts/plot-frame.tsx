/** @file The frame of a plot as SVG: title, axes with their ticks, and what is drawn between them. */

import { type ScaleLinear, scaleLinear } from 'd3-scale';
import type { ComponentChildren, JSX } from 'preact';
import type { PlotPalette } from './palette.ts';

/** Sizes in the drawing's own units, which are CSS pixels where it is not scaled. */
export const PLOT_SIZE = { width: 420, height: 260 } as const;
const EDGES = { left: 52, right: 18, top: 40, bottom: 44 } as const;

export interface AxisProps {
  /** Below or beside the axis: what it counts. */
  readonly label?: string | undefined;
  readonly domain: readonly [from: number, to: number];
  /** `percent` for fractions. Default as the numbers are. */
  readonly format?: 'percent' | 'number' | undefined;
  /** Only whole numbers are marked. */
  readonly isWhole?: boolean | undefined;
  /** Goes on to a round number at both ends. */
  readonly isNice?: boolean | undefined;
}

/** Where numbers are on the drawing. */
export interface PlotScales {
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
}

export function plotScales(x: AxisProps, y: AxisProps): PlotScales {
  return {
    x: scaleOf(x, [EDGES.left, PLOT_SIZE.width - EDGES.right]),
    y: scaleOf(y, [PLOT_SIZE.height - EDGES.bottom, EDGES.top]),
  };
}

function scaleOf({ domain, isNice }: AxisProps, range: [number, number]): ScaleLinear<number, number> {
  const scale = scaleLinear()
    .domain([...domain])
    .range(range);
  return isNice ? scale.nice() : scale;
}

export interface LegendEntry {
  readonly label: string;
  readonly color: string;
}

export interface PlotFrameProps {
  readonly title: string;
  readonly x: AxisProps;
  readonly y: AxisProps;
  readonly scales: PlotScales;
  readonly palette: PlotPalette;
  readonly legend: readonly LegendEntry[];
  readonly children: ComponentChildren;
}

/** The inside of a drawing of {@link PLOT_SIZE}: a `<g>`, so that several can stand in one. */
export function PlotFrame({ title, x, y, scales, palette, legend, children }: PlotFrameProps): JSX.Element {
  const { left, right, top, bottom } = EDGES;
  const [end, floor] = [PLOT_SIZE.width - right, PLOT_SIZE.height - bottom];
  return (
    <g>
      <text x={left} y={20} font-size={14} font-weight={600} fill={palette.ink}>
        {title}
      </text>
      {ticksOf(y, scales.y, 5).map(({ value, text }) => (
        <g key={value}>
          <line x1={left} x2={end} y1={px(scales.y(value))} y2={px(scales.y(value))} stroke={palette.line} />
          <text x={left - 8} y={px(scales.y(value) + 4)} text-anchor="end" fill={palette.soft}>
            {text}
          </text>
        </g>
      ))}
      {ticksOf(x, scales.x, 6).map(({ value, text }) => (
        <text key={value} x={px(scales.x(value))} y={floor + 18} text-anchor="middle" fill={palette.soft}>
          {text}
        </text>
      ))}
      {x.label === undefined ? null : (
        <text x={(left + end) / 2} y={PLOT_SIZE.height - 7} text-anchor="middle" fill={palette.soft}>
          {x.label}
        </text>
      )}
      {y.label === undefined ? null : (
        <text x={-(top + floor) / 2} y={12} transform="rotate(-90)" text-anchor="middle" fill={palette.soft}>
          {y.label}
        </text>
      )}
      {children}
      <Legend entries={legend} palette={palette} end={end} />
    </g>
  );
}

/** At the title's height, from the right. Widths are those of usual faces, about. */
function Legend({
  entries,
  palette,
  end,
}: {
  readonly entries: readonly LegendEntry[];
  readonly palette: PlotPalette;
  readonly end: number;
}): JSX.Element {
  const widths = entries.map(({ label }) => 24 + label.length * 6.4);
  const starts = widths.map((_, index) => end - widths.slice(index).reduce((sum, width) => sum + width, 0));
  return (
    <g>
      {entries.map(({ label, color }, index) => (
        <g key={label}>
          <rect x={px(starts[index]! + 8)} y={13} width={9} height={9} rx={2} fill={color} />
          <text x={px(starts[index]! + 21)} y={21} fill={palette.ink}>
            {label}
          </text>
        </g>
      ))}
    </g>
  );
}

function ticksOf(
  { format, isWhole }: AxisProps,
  scale: ScaleLinear<number, number>,
  count: number,
): { readonly value: number; readonly text: string }[] {
  const text = scale.tickFormat(count, format === 'percent' ? '%' : undefined);
  return scale
    .ticks(count)
    .filter((value) => !isWhole || Number.isInteger(value))
    .map((value) => ({ value, text: text(value) }));
}

/** A coordinate, to a tenth: smaller differences cannot be seen, and take bytes. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
