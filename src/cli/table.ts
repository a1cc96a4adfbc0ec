/** @file Tables without frames, which fit the terminal. */

import Table from 'cli-table3';
import stringWidth from 'fast-string-width';
import { visible } from '../core/errors/visible-text.ts';
import { NONE } from './number-text.ts';

type Cell = string | number;

export interface TableOptions {
  /** Columns that there are. Undefined for any number. */
  readonly width?: number | undefined;
  /** Headings of what may be left out where there is no room, the least important first. */
  readonly optional?: readonly string[] | undefined;
}

const GAP = 2;
/** No column is made narrower than that. */
const MIN_WIDTH = 6;

/**
 * A header, then rows. Numbers are aligned to the right. Whatever is in a cell, it cannot begin a line of its own; where
 * the table is too wide, its widest columns are broken into several lines, and nothing is cut.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions = {},
): string {
  const { width } = options;
  const all = [header, ...rows].map((row) => row.map((cell) => visible(String(cell))));
  const shown = columnsThatFit(header, all, options);
  const [head = [], ...body] = all.map((row) => shown.map((column) => row[column] ?? ''));
  const widths = widthsOf([head, ...body]);
  const isTooWide = width !== undefined && totalOf(widths) > width;
  const narrow = isTooWide ? narrowed(widths, width) : widths;
  const drawn = new Table({
    head,
    colAligns: head.map((_, column) => (isNumericColumn(body, column) ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    chars: NO_FRAME,
    colWidths: isTooWide ? narrow.map((each) => each + GAP) : [],
    wordWrap: isTooWide,
    // A path has no words, and is broken where the column ends.
    wrapOnWordBoundary: hasShortWords([head, ...body], narrow),
  });
  drawn.push(...body);
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Columns that a table takes. */
export function tableWidth(header: readonly string[], rows: readonly (readonly Cell[])[]): number {
  return totalOf(widthsOf([header, ...rows].map((row) => row.map((cell) => visible(String(cell))))));
}

/** What stands behind one another fills this much. */
function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1));
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const [head = []] = rows;
  return head.map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ''))));
}

function columnsThatFit(
  header: readonly string[],
  all: readonly (readonly string[])[],
  { width, optional = [] }: TableOptions,
): number[] {
  let shown = header.map((_, column) => column);
  if (width === undefined) return shown;
  const widths = widthsOf(all);
  for (const name of optional) {
    if (totalOf(shown.map((column) => widths[column]!)) <= width) break;
    shown = shown.filter((column) => header[column] !== name);
  }
  return shown;
}

/** Takes from the widest until the sum fits. */
function narrowed(widths: readonly number[], width: number): number[] {
  const left = [...widths];
  while (totalOf(left) > width) {
    const widest = left.indexOf(Math.max(...left));
    if (left[widest]! <= MIN_WIDTH) break;
    left[widest]! -= 1;
  }
  return left;
}

/** Whether no word is wider than its column. */
function hasShortWords(rows: readonly (readonly string[])[], widths: readonly number[]): boolean {
  return rows.every((row) =>
    row.every((cell, column) => cell.split(/\s+/).every((word) => stringWidth(word) <= widths[column]!)),
  );
}

function isNumericColumn(rows: readonly (readonly string[])[], column: number): boolean {
  const cells = rows.map((row) => row[column] ?? '').filter((cell) => cell !== '');
  return cells.length > 0 && cells.every(isNumeric);
}

function isNumeric(cell: string): boolean {
  return (
    cell === NONE || /^-?[\d.,]+(e-?\d+)?( ?(%|px|s))?( ± [\d.]+%)?$/.test(cell) || /^\[.*\]$/.test(cell)
  );
}

const NO_FRAME = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
