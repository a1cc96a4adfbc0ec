/** @file Reads damaged files, one after the other, in a process that may hang, crash, or run out of memory. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraftError } from '../../../src/core/errors/graft-error.ts';
import { CLAIMED, PARSERS } from './parsers.ts';
import { watch } from './watch.ts';

/** What the child says of a case: before it, after it. */
export type FuzzReport =
  | { readonly begins: number }
  | {
      readonly ends: number;
      readonly outcome: 'read' | 'refused' | 'bug';
      readonly message?: string | undefined;
      /** What the process has held at most so far. */
      readonly peakBytes: number;
      /** Of all threads. */
      readonly cpuMs: number;
    };

/** What the process holds by itself, with little more. */
const CLEAN_BYTES = 220e6;

const [name = '', firstText = '0', countText = '0', cpuMs = '0', memoryBytes = '0'] = process.argv.slice(2);
const first = Number(firstText);
const parser = (PARSERS[name] ?? CLAIMED[name])!;
const begin = watch({ cpuMs: Number(cpuMs), memoryBytes: Number(memoryBytes) });
const folder = mkdtempSync(join(tmpdir(), 'graft-fuzz-'));

async function main(): Promise<void> {
  for (let number = first; number < first + Number(countText); number++) {
    report({ begins: number });
    const bytes = await made(number);
    collect();
    begin();
    const before = process.cpuUsage();
    let outcome: 'read' | 'refused' | 'bug' = 'read';
    let message: string | undefined;
    try {
      await parser.read(bytes, folder);
    } catch (error) {
      outcome = error instanceof GraftError ? 'refused' : 'bug';
      if (outcome === 'bug')
        message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    const spent = process.cpuUsage(before);
    report({
      ends: number,
      outcome,
      message,
      peakBytes: 1024 * process.resourceUsage().maxRSS,
      cpuMs: (spent.user + spent.system) / 1000,
    });
  }
}

/** What cases before left is not held against the next one. A collection takes as long as most files: a little may stay. */
function collect(): void {
  if (process.memoryUsage.rss() > CLEAN_BYTES) globalThis.gc?.();
}

const path = join(folder, 'case');
const maker = fork(new URL('./maker.ts', import.meta.url), [name, path], { execArgv: ['--import', 'tsx'] });

async function made(number: number): Promise<Uint8Array> {
  maker.send(number);
  await once(maker, 'message');
  return readFileSync(path);
}

function report(message: FuzzReport): void {
  process.send?.(message);
}

process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await main();
// The last report goes out before the channel is closed, and with it all others.
await new Promise((resolve) => process.send?.({ begins: -1 } satisfies FuzzReport, resolve));
maker.disconnect();
process.disconnect?.();
