/** @file A reliability diagram: of the predictions that are so sure, how many are right. */

import type { JSX } from 'preact';
import { PAGE_PALETTE } from './palette.ts';
import { type AxisProps, PLOT_SIZE, PlotFrame, plotScales, px } from './plot-frame.tsx';

/** Predictions of similar confidence. */
export interface ReliabilityBin {
  /** Confidences in `(from, to]`. */
  readonly from: number;
  readonly to: number;
  readonly images: number;
  /** Mean confidence, in [0, 1]. */
  readonly confidence: number;
  /** Fraction of right predictions, in [0, 1]. */
  readonly accuracy: number;
}

export interface ReliabilityPlotProps {
  readonly title: string;
  /** For those who do not see it. */
  readonly description: string;
  readonly bins: readonly ReliabilityBin[];
}

const X: AxisProps = { label: 'how sure the model is', domain: [0, 1], format: 'percent' };
const Y: AxisProps = { domain: [0, 1], format: 'percent' };

export function ReliabilityPlot({ title, description, bins }: ReliabilityPlotProps): JSX.Element {
  const palette = PAGE_PALETTE;
  const scales = plotScales(X, Y);
  const { width, height } = PLOT_SIZE;
  const filled = bins.filter(({ images }) => images > 0);
  const most = Math.max(...filled.map(({ images }) => images), 1);
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={description}
      font-family="inherit"
      font-size={12}
    >
      <PlotFrame
        title={title}
        x={X}
        y={Y}
        scales={scales}
        palette={palette}
        legend={[
          { label: 'right', color: palette.colors.sea },
          { label: 'sure', color: palette.colors.clay },
        ]}
      >
        {filled.map(({ from, to, images, confidence, accuracy }) => {
          const [left, right] = [scales.x(from) + 1, scales.x(to) - 1];
          return (
            <g key={from}>
              <rect
                x={px(left)}
                width={px(right - left)}
                y={px(scales.y(accuracy))}
                height={px(Math.max(scales.y(0) - scales.y(accuracy), 1))}
                fill={palette.colors.sea}
                // Bins of few images say little.
                fill-opacity={px(0.3 + 0.7 * Math.sqrt(images / most))}
              >
                <title>{`${images} ${images === 1 ? 'example' : 'examples'}: ${percent(confidence)} sure, ${percent(accuracy)} right`}</title>
              </rect>
              <line
                x1={px(left)}
                x2={px(right)}
                y1={px(scales.y(confidence))}
                y2={px(scales.y(confidence))}
                stroke={palette.colors.clay}
                stroke-width={2.5}
              />
            </g>
          );
        })}
        <line
          x1={px(scales.x(0))}
          y1={px(scales.y(0))}
          x2={px(scales.x(1))}
          y2={px(scales.y(1))}
          stroke={palette.soft}
          stroke-dasharray="3 4"
        />
      </PlotFrame>
    </svg>
  );
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)}%`;
}
