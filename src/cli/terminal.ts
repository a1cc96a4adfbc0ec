/**
 * @file What people see: colors, tables and progress, on standard error unless it is the result. All that the command
 * line prints passes here, where what a terminal would obey is shown as text, whatever file, model or server it came from.
 */

import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { visible, visibleJson, visibleLines } from '../errors/visible-text.ts';

type Style = Parameters<typeof styleText>[0];

/** Text in a color, where standard error is a terminal that wants colors. */
export function styled(style: Style, text: string): string {
  const wanted =
    process.env['FORCE_COLOR'] !== undefined
      ? process.env['FORCE_COLOR'] !== '0'
      : process.stderr.isTTY === true &&
        process.env['NO_COLOR'] === undefined &&
        process.env['TERM'] !== 'dumb';
  if (!wanted) return text;
  return styleText(style, visibleLines(text), { validateStream: false } as never).replaceAll(
    '\x1b',
    OWN_ESCAPE,
  );
}

/** Stands for the escape character of our own colors until they are printed; nothing from outside can contain it. */
const OWN_ESCAPE = `<${randomUUID()}>`;

/** A line on standard error. Line feeds in it stay: what is from outside and may have some is given as {@link visible}. */
export function say(line = ''): void {
  printError(`${line}\n`);
}

/** Text of lines, each with its line feed, on standard error. */
export function printError(text: string): void {
  process.stderr.write(printable(text));
}

/** Text of lines, each with its line feed, on standard output. */
export function printOut(text: string): void {
  process.stdout.write(printable(text));
}

/** A document for programs on standard output, in one line. */
export function printJson(document: unknown): void {
  process.stdout.write(`${visibleJson(JSON.stringify(document))}\n`);
}

/** Text as a terminal may get it: our own colors, and of others' text only what is printed. */
function printable(text: string): string {
  return text.split(OWN_ESCAPE).map(visibleLines).join('\x1b');
}

/** A table without frames: a header, then rows. Numbers are aligned to the right. A cell is one line, whatever is in it. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const numeric = header.map((_, column) => {
    const cells = rows.map((row) => row[column] ?? '').filter((cell) => cell !== '');
    return cells.length > 0 && cells.every(isNumeric);
  });
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' };
  const drawn = new Table({
    head: header.map(visible),
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
  for (const row of rows) drawn.push(row.map((cell) => visible(String(cell))));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Progress of one stage: a bar in a terminal, else a line at its end. */
export interface StageProgress {
  /** @param note - Shown in place of the rate: what the counting does not tell. */
  update(done: number, note?: string): void;
  /**
   * Replaces the bar by a line that says what was done. Only the first call counts.
   *
   * @param outcome - Said in place of the count: `not finished`.
   */
  stop(outcome?: string): void;
}

/** Columns that a bar takes, where the terminal has room for it beside the words. */
const BAR_COLUMNS = 24;
const WORDS_COLUMNS = 64;

/** Starts the progress of a stage. @param unit - What is counted: `images`. */
export function startProgress(label: string, total: number, unit: string): StageProgress {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const bar = process.stderr.isTTY === true ? createBar(label, unit) : undefined;
  bar?.start(total, 0, { note: '', left: '' });
  let done = 0;
  let isRunning = true;
  return {
    update(count, note) {
      done = count;
      const rate = done / Math.max(seconds(), 1e-3);
      bar?.update(done, {
        note: visible(note || `${rateText(rate)}/s`),
        left: done > 0 ? `${duration((total - done) / rate)} left` : '',
      });
    },
    stop(outcome) {
      if (!isRunning) return;
      isRunning = false;
      bar?.stop();
      const counted = `${done} ${unit} in ${duration(seconds())}${ratePart(done, seconds())}`;
      say(`${label}: ${outcome ?? counted}`);
    },
  };
}

function createBar(label: string, unit: string): SingleBar {
  const columns = (process.stderr.columns ?? 80) - WORDS_COLUMNS;
  return new SingleBar({
    format: `${label} ${columns > 0 ? '{bar} ' : ''}{value}/{total} ${unit}  {left}  {note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: Math.max(1, Math.min(BAR_COLUMNS, columns)),
    // A process that is stopped at once would leave a hidden cursor hidden.
    hideCursor: false,
    clearOnComplete: true,
    stream: process.stderr,
    gracefulExit: false,
  });
}

/** Seconds as people read them: `0.4 s`, `18 s`, `2 min 05 s`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** A rate above 0 as people read it: `120`, `3.4`, `0.05`. */
export function rateText(perSecond: number): string {
  return perSecond >= 9.95 ? perSecond.toFixed(0) : String(Number(perSecond.toPrecision(2)));
}

/** `, 120 a second`; of nothing, nothing. */
function ratePart(done: number, seconds: number): string {
  return done === 0 ? '' : `, ${rateText(done / Math.max(seconds, 1e-3))} a second`;
}

/** A fraction as a percentage with one decimal: `98.4%`. */
export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`;
}

/** What stands in the place of a ratio without a denominator. */
export const NONE = 'n/a';

/** A ratio as a percentage; of nothing, there is none. */
export function percentOrNone(ratio: number | null): string {
  return ratio === null ? NONE : percent(ratio);
}

function isNumeric(cell: string | number): boolean {
  return typeof cell === 'number' || cell === NONE || /^[\d.,]+( (%|px))?$/.test(cell);
}

/** `1 epoch`, `1,200 images`. */
export function countOf(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
