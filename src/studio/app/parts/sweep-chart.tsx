/** @file A sweep as a chart: the accuracy of each combination with its interval, on one scale, so that what chance may be is seen. */

import type { JSX } from 'preact';
import { Scroll } from '../../../ui/data-table.tsx';
import type { SweepSummary, SweptRow } from '../../engine/run-state.ts';
import { noun } from '../noun.ts';
import { count, duration, formatCount, percent } from '../words.ts';

export interface SweepChartProps {
  readonly run: string;
  readonly sweep: SweepSummary;
}

export function SweepChart({ run, sweep }: SweepChartProps): JSX.Element {
  const { rows, failed, expected } = sweep;
  const [low, high] = scaleOf(rows);
  const even = rows.filter(({ isWorse }) => isWorse === false).length;
  const names = rows[0]!.varied.map(([name]) => name);
  return (
    <section class="card stack" aria-label={`Sweep ${run}`}>
      <header class="stack tight">
        <h2>Sweep {run}</h2>
        <p class="soft">
          {formatCount(rows.length, 'combination')} on the same validation {noun.value.several}; lines are 95%
          intervals.{' '}
          {even === 0
            ? ''
            : `${count(even)} of them do not differ from the best by more than chance: the order among these is luck. `}
          {expected === null
            ? ''
            : `On new ${noun.value.several} expect ${percent(expected.accuracy)} of the best, 95% CI [${expected.interval.map((end) => (end * 100).toFixed(1)).join(', ')}]: it was chosen by these.`}
        </p>
      </header>
      <Scroll label={`Sweep ${run}, scrolls`}>
        <table class="sweep">
          <thead>
            <tr>
              {names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              <th scope="col" class="number">
                accuracy
              </th>
              <th scope="col" class="scale">
                <span>{percent(low)}</span>
                <span>{percent(high)}</span>
              </th>
              <th scope="col" class="number">
                parameters
              </th>
              <th scope="col" class="number">
                time
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.varied.join()} row={row} low={low} high={high} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {failed === 0 ? null : <p class="note">{formatCount(failed, 'combination')} came to nothing.</p>}
    </section>
  );
}

interface RowProps {
  readonly row: SweptRow;
  readonly low: number;
  readonly high: number;
}

function Row({ row, low, high }: RowProps): JSX.Element {
  const { varied, accuracy, interval, parameters, seconds, isWorse } = row;
  const at = (value: number): string => `${((value - low) / (high - low)) * 100}%`;
  const [from, to] = interval;
  return (
    <tr class={isWorse ? 'worse' : ''}>
      {varied.map(([name, value]) => (
        <td key={name} class="recipe">
          {value}
        </td>
      ))}
      <td class="number">
        <strong>{percent(accuracy)}</strong>
        <span class="hidden">
          , 95% from {percent(from)} to {percent(to)},{' '}
          {isWorse === null ? 'the best' : isWorse ? 'worse than the best' : 'like the best'}
        </span>
      </td>
      <td class="scale" aria-hidden="true">
        <span class="range" style={{ left: at(from), right: `calc(100% - ${at(to)})` }} />
        <span class="dot" style={{ left: at(accuracy) }} />
      </td>
      <td class="number">{count(parameters)}</td>
      <td class="number">{duration(seconds)}</td>
    </tr>
  );
}

/** Round percents around all intervals. */
function scaleOf(rows: readonly SweptRow[]): readonly [low: number, high: number] {
  const low = Math.floor(Math.min(...rows.map(({ interval }) => interval[0])) * 20) / 20;
  const high = Math.ceil(Math.max(...rows.map(({ interval }) => interval[1])) * 20) / 20;
  return [low, Math.max(high, low + 0.05)];
}
