/**
 * @file Where people read: results on standard output, all else on standard error. All that the command line prints passes
 * here, where what a terminal would obey is shown as text, whatever file, model or server it came from.
 */

import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { wrapAnsi } from 'fast-wrap-ansi';
import { visibleJson, visibleLines } from '../core/errors/visible-text.ts';

/** Standard output and standard error. */
export type Stream = 'out' | 'err';

type Style = Parameters<typeof styleText>[0];

/** What stands on the screen below all lines, and makes room for them. */
export interface Foot {
  hide(): void;
  show(): void;
}

/** Columns of the layout where nobody says how wide the screen is. */
export const USUAL_COLUMNS = 80;

const STREAMS = { out: process.stdout, err: process.stderr } as const;

let foot: Foot | undefined;

/** Text in a color, where the stream is a terminal that wants colors. */
export function styled(style: Style, text: string, stream: Stream = 'err'): string {
  if (!wantsColors(stream)) return text;
  return styleText(style, visibleLines(text), { validateStream: false } as never).replaceAll(
    '\x1b',
    OWN_ESCAPE,
  );
}

/** Stands for the escape character of our own colors until they are printed; nothing from outside can contain it. */
const OWN_ESCAPE = `<${randomUUID()}>`;

/**
 * A line on standard error. Line feeds in it stay: what is from outside and may have some is given as `visible`. Where it
 * is too long for the terminal it goes on in the next line, below its column `indent`.
 */
export function say(line = '', indent = 0): void {
  printError(`${line}\n`, indent);
}

/** Text of lines, each with its line feed, on standard error. @param indent - Of what goes on in the next line. */
export function printError(text: string, indent = 0): void {
  print('err', text, indent);
}

/** Text of lines, each with its line feed, on standard output. @param indent - Of what goes on in the next line. */
export function printOut(text: string, indent = 0): void {
  print('out', text, indent);
}

/** A document for programs on standard output, in one line. */
export function printJson(document: unknown): void {
  process.stdout.write(`${visibleJson(JSON.stringify(document))}\n`);
}

/** Text as a terminal may get it: our own colors, and of others' text only what is printed. */
export function printable(text: string): string {
  return text.split(OWN_ESCAPE).map(visibleLines).join('\x1b');
}

/** Columns of the terminal; undefined where the stream is none, and lines may be of any length. */
export function measureColumns(stream: Stream): number | undefined {
  const { isTTY, columns } = STREAMS[stream];
  return isTTY ? columns || USUAL_COLUMNS : undefined;
}

/** Whether lines can be changed in place: not in a file, in a log of continuous integration, or on a terminal that cannot. */
export function canUpdateInPlace(): boolean {
  const { TERM, CI, NO_COLOR } = process.env;
  return process.stderr.isTTY === true && TERM !== 'dumb' && !isSet(CI) && !isSet(NO_COLOR);
}

/** Puts something below all lines, or takes it away. */
export function setFoot(next: Foot | undefined): void {
  foot = next;
}

function print(stream: Stream, text: string, indent: number): void {
  foot?.hide();
  STREAMS[stream].write(wrapped(printable(text), measureColumns(stream), indent));
  foot?.show();
}

function wrapped(text: string, columns: number | undefined, indent: number): string {
  if (columns === undefined) return text;
  const room = Math.max(columns - indent, columns >> 1);
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns, room, columns - room))
    .join('\n');
}

/** The first line has all columns, the others begin below `indent`. */
function wrapLine(line: string, columns: number, room: number, indent: number): string {
  const [first = '', ...others] = wrapAnsi(line, columns, { hard: true, trim: false }).split('\n');
  if (others.length === 0) return line;
  if (indent === 0) return [first, ...others].map((each) => each.trimEnd()).join('\n');
  // What is behind the first break is broken anew, into shorter lines.
  const margin = ' '.repeat(indent);
  const rest = wrapAnsi(others.join('').trimStart(), room, { hard: true, trim: false }).split('\n');
  return [first, ...rest.map((each) => margin + each.trim())].map((each) => each.trimEnd()).join('\n');
}

function wantsColors(stream: Stream): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0';
  return STREAMS[stream].isTTY === true && !isSet(NO_COLOR) && TERM !== 'dumb';
}

function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable !== '' && variable !== 'false';
}
