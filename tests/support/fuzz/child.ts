/** @file Reads damaged files, one after the other, in a process that may hang, crash, or run out of memory. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraftError } from '../../../src/errors/graft-error.ts';
import { mutate } from './mutate.ts';
import { PARSERS } from './parsers.ts';

/** What the child says of a case: before it, after it. */
export type FuzzReport =
  | { readonly begins: number }
  | {
      readonly ends: number;
      readonly outcome: 'read' | 'refused' | 'bug';
      readonly message?: string;
      readonly rssBytes: number;
    };

const [name = '', firstText = '0', countText = '0'] = process.argv.slice(2);
const first = Number(firstText);
const parser = PARSERS[name]!;
const seeds = parser.seeds();
const folder = mkdtempSync(join(tmpdir(), 'graft-fuzz-'));

async function main(): Promise<void> {
  for (let number = first; number < first + Number(countText); number++) {
    report({ begins: number });
    const bytes = (parser.mutate ?? mutate)(seeds[number % seeds.length]!, number);
    let outcome: 'read' | 'refused' | 'bug' = 'read';
    let message: string | undefined;
    try {
      await parser.read(bytes, folder);
    } catch (error) {
      outcome = error instanceof GraftError ? 'refused' : 'bug';
      if (outcome === 'bug')
        message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    report({
      ends: number,
      outcome,
      ...(message !== undefined && { message }),
      rssBytes: process.memoryUsage.rss(),
    });
  }
}

function report(message: FuzzReport): void {
  process.send?.(message);
}

process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await main();
// The last report goes out before the channel is closed, and with it all others.
await new Promise((resolve) => process.send?.({ begins: -1 } satisfies FuzzReport, resolve));
process.disconnect?.();
