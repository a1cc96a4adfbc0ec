/** @file What people hear of files and texts that were left out. */

import { visible } from '../core/errors/visible-text.ts';
import { formatCount } from './number-text.ts';
import { say, styled } from './terminal.ts';

const MAX_SHOWN = 10;

/** Says what was left out, and why. */
export function saySkipped(
  skipped: readonly { readonly file: string; readonly reason: string }[],
  what: 'file' | 'text' = 'file',
): void {
  if (skipped.length === 0) return;
  say(`${styled('yellow', 'skipped')} ${formatCount(skipped.length, what)}:`);
  for (const { file, reason } of skipped.slice(0, MAX_SHOWN)) say(`  ${visible(`${file}: ${reason}`)}`, 4);
  if (skipped.length > MAX_SHOWN) say(`  and ${skipped.length - MAX_SHOWN} more`);
}
