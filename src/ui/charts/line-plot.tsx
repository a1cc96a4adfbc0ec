/** @file Curves over a number: losses by epoch, ROC, precision over recall. */

import { line } from 'd3-shape';
import type { JSX } from 'preact';
import { PAGE_PALETTE, type PlotColor, type PlotPalette } from './palette.ts';
import { type AxisProps, PLOT_SIZE, PlotFrame, plotScales, px } from './plot-frame.tsx';

export interface PlotSeries {
  readonly label: string;
  readonly color: PlotColor;
  /** In their order. Where one of the numbers is not finite, the curve has a gap. */
  readonly points: readonly PlotPoint[];
  /** A dot for each point. */
  readonly hasDots?: boolean | undefined;
  readonly isDashed?: boolean | undefined;
}

export type PlotPoint = readonly [x: number, y: number];

/** A vertical line. */
export interface PlotMark {
  readonly x: number;
  /** Beside its foot. Default none. */
  readonly text?: string | undefined;
  /** Said where the mouse rests. */
  readonly title: string;
  readonly isDashed?: boolean | undefined;
}

/** A point that is meant: the chosen threshold. */
export interface PlotSpot {
  readonly at: PlotPoint;
  readonly label: string;
  readonly color: PlotColor;
}

export interface LinePlotProps {
  readonly title: string;
  readonly x: AxisProps;
  readonly y: AxisProps;
  readonly series: readonly PlotSeries[];
  readonly marks?: readonly PlotMark[] | undefined;
  readonly spots?: readonly PlotSpot[] | undefined;
  /** What chance would give, dashed. */
  readonly chance?: readonly [PlotPoint, PlotPoint] | undefined;
  /** Default that of a page. */
  readonly palette?: PlotPalette | undefined;
}

/** The plot as a drawing of its own. @param props.description - For those who do not see it: what it shows. */
export function LinePlot({
  description,
  ...props
}: LinePlotProps & { readonly description: string }): JSX.Element {
  const { width, height } = PLOT_SIZE;
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={description}
      font-family="inherit"
      font-size={12}
    >
      <LinePanel {...props} />
    </svg>
  );
}

/** The plot without its `<svg>`: several can stand in one. */
export function LinePanel({
  title,
  x,
  y,
  series,
  marks = [],
  spots = [],
  chance,
  palette = PAGE_PALETTE,
}: LinePlotProps): JSX.Element {
  const scales = plotScales(x, y);
  const [floor, top] = scales.y.range() as [number, number];
  const shown = series.filter(({ points }) => points.length > 0);
  return (
    <PlotFrame
      title={title}
      x={x}
      y={y}
      scales={scales}
      palette={palette}
      legend={shown.map(({ label, color }) => ({ label, color: palette.colors[color] }))}
    >
      {chance === undefined ? null : (
        <line
          x1={px(scales.x(chance[0][0]))}
          y1={px(scales.y(chance[0][1]))}
          x2={px(scales.x(chance[1][0]))}
          y2={px(scales.y(chance[1][1]))}
          stroke={palette.soft}
          stroke-dasharray="3 4"
        />
      )}
      {marks.map(({ x: at, text, title: said, isDashed }) => (
        <g key={said}>
          <line
            x1={px(scales.x(at))}
            x2={px(scales.x(at))}
            y1={top}
            y2={floor}
            stroke={palette.soft}
            stroke-dasharray={isDashed ? '4 3' : undefined}
          >
            <title>{said}</title>
          </line>
          {text === undefined ? null : (
            <text x={px(scales.x(at) + 4)} y={floor - 6} fill={palette.soft}>
              {text}
            </text>
          )}
        </g>
      ))}
      {shown.map(({ label, color, points, hasDots, isDashed }) => (
        <g key={label}>
          <path
            d={
              line<PlotPoint>()
                .defined(isDrawn)
                .digits(1)
                .x(([at]) => scales.x(at))
                .y(([, value]) => scales.y(value))([...points]) ?? ''
            }
            fill="none"
            stroke={palette.colors[color]}
            stroke-width={2}
            stroke-linejoin="round"
            stroke-dasharray={isDashed ? '5 4' : undefined}
          />
          {hasDots
            ? points
                .filter(isDrawn)
                .map(([at, value]) => (
                  <circle
                    key={at}
                    cx={px(scales.x(at))}
                    cy={px(scales.y(value))}
                    r={2.5}
                    fill={palette.colors[color]}
                  />
                ))
            : null}
        </g>
      ))}
      {spots.map(({ at, label, color }) => (
        <g key={label}>
          <circle
            cx={px(scales.x(at[0]))}
            cy={px(scales.y(at[1]))}
            r={5}
            fill={palette.paper ?? 'var(--paper)'}
            stroke={palette.colors[color]}
            stroke-width={2.5}
          >
            <title>{label}</title>
          </circle>
          {spots.length > 1 ? null : (
            <text {...labelPlace(scales.x(at[0]), scales.y(at[1]), top)} fill={palette.ink}>
              {label}
            </text>
          )}
        </g>
      ))}
    </PlotFrame>
  );
}

/** Beside a spot, on the side that has room. */
function labelPlace(
  x: number,
  y: number,
  top: number,
): { x: string; y: string; 'text-anchor': 'start' | 'end' } {
  const isRight = x > PLOT_SIZE.width / 2;
  return {
    x: px(isRight ? x - 10 : x + 10),
    y: px(y - top < 24 ? y + 18 : y - 8),
    'text-anchor': isRight ? 'end' : 'start',
  };
}

/** A loss can be infinite before training is stopped. */
function isDrawn([x, y]: PlotPoint): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}
