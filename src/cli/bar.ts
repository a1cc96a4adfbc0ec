/** @file A bar of progress in one line that fits the terminal. */

import stringWidth from 'fast-string-width';
import { measureColumns, styled, USUAL_COLUMNS } from './terminal.ts';

const MIN_BAR = 8;
const MAX_BAR = 24;

/**
 * `features  ━━━━━━━━╸─────────  512/1,027 images  245 images/s  2 s left`: what has no room is left out from the end.
 *
 * @param label - May be empty.
 * @param fraction - In [0, 1]; undefined for no bar.
 */
export function barLine(label: string, fraction: number | undefined, words: readonly string[]): string {
  // A terminal breaks a line that fills its last column.
  const columns = (measureColumns('err') ?? USUAL_COLUMNS) - 1;
  const min = fraction === undefined ? 0 : MIN_BAR + 2;
  const told = words.filter((word) => word !== '');
  const before = label === '' ? [] : [label];
  const widthOf = (parts: readonly string[]): number =>
    [...before, ...parts].reduce((sum, part) => sum + stringWidth(part) + 2, -2);
  while (told.length > 1 && widthOf(told) + min > columns) told.pop();
  if (fraction === undefined) return [...before, ...told].join('  ');
  const size = Math.min(MAX_BAR, Math.max(MIN_BAR, columns - widthOf(told) - 2));
  return [...before, bar(fraction, size), ...told].join('  ');
}

function bar(fraction: number, size: number): string {
  const filled = Math.min(size, Math.max(0, fraction) * size);
  const whole = Math.floor(filled);
  const half = filled - whole >= 0.5 && whole < size ? '╸' : '';
  const done = '━'.repeat(whole) + half;
  return styled('cyan', done) + styled('dim', '─'.repeat(size - whole - half.length));
}
