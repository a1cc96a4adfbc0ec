/** @file What people see: colours, tables and progress, on standard error unless it is the result. */

import { styleText } from 'node:util';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';

type Style = Parameters<typeof styleText>[0];

/** Text in a colour, where standard error is a terminal that wants colours. */
export function styled(style: Style, text: string): string {
  const wanted =
    process.env['FORCE_COLOR'] !== undefined
      ? process.env['FORCE_COLOR'] !== '0'
      : process.stderr.isTTY === true &&
        process.env['NO_COLOR'] === undefined &&
        process.env['TERM'] !== 'dumb';
  return wanted ? styleText(style, text, { validateStream: false } as never) : text;
}

/** A line on standard error. */
export function say(line = ''): void {
  process.stderr.write(`${line}\n`);
}

/** A table without frames: a header, then rows. Numbers are aligned to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const numeric = header.map((_, column) => rows.length > 0 && rows.every((row) => isNumeric(row[column])));
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' };
  const drawn = new Table({
    head: [...header],
    colAligns: numeric.map((right) => (right ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      ...none,
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
  for (const row of rows) drawn.push(row.map(String));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Progress of one stage: a bar in a terminal, else a line at its end. */
export interface StageProgress {
  update(done: number, detail?: string): void;
  stop(detail?: string): void;
}

/** Starts the progress of a stage. @param unit - What is counted: `pictures`. */
export function startProgress(label: string, total: number, unit: string): StageProgress {
  const started = performance.now();
  const summary = (done: number, detail?: string): string => {
    const seconds = (performance.now() - started) / 1000;
    const rate = seconds > 0 ? done / seconds : 0;
    const written = detail ?? `${done} ${unit}, ${seconds.toFixed(1)} s, ${rate.toFixed(0)} a second`;
    return `${label}: ${written}`;
  };
  let done = 0;
  if (process.stderr.isTTY !== true) {
    return {
      update(count) {
        done = count;
      },
      stop: (detail) => say(summary(done, detail)),
    };
  }
  const bar = new SingleBar({
    format: `${label} {bar} {value}/{total} ${unit}  {rate}  {left}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
    gracefulExit: false,
  });
  bar.start(total, 0, { rate: '', left: '' });
  return {
    update(count, detail) {
      done = count;
      const seconds = (performance.now() - started) / 1000;
      const rate = count / Math.max(seconds, 1e-3);
      bar.update(count, {
        rate: detail ?? `${rate.toFixed(0)}/s`,
        left: count > 0 ? `${duration((total - count) / rate)} left` : '',
      });
    },
    stop(detail) {
      bar.stop();
      say(summary(done, detail));
    },
  };
}

/** Seconds as people read them: `8 s`, `2 min 05 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** A share as a percentage with one decimal: `98.4 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function isNumeric(cell: string | number | undefined): boolean {
  return cell !== undefined && (typeof cell === 'number' || /^[\d.,]+( %)?$/.test(cell));
}
