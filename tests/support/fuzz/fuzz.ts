/** @file Runs a parser on damaged files in child processes, each case bounded in time and memory. */

import { fork } from 'node:child_process';
import type { FuzzReport } from './child.ts';
import { ENDED } from './watch.ts';

export interface FuzzOptions {
  readonly parser: string;
  readonly count: number;
  /** Number of the first case: the damage follows from it. Default 0. */
  readonly first?: number;
  /** A case that takes more processor time hangs. Default 10,000. */
  readonly cpuMs?: number;
  /** A child that holds more has run out of bounds. Default 512 MB. */
  readonly memoryBytes?: number;
}

export interface FuzzResult {
  readonly parser: string;
  /** Files that could be read in spite of the damage. */
  readonly read: number;
  /** Files that were refused with a message. */
  readonly refused: number;
  /** Everything else, with the number of its case. */
  readonly faults: readonly {
    readonly case: number;
    readonly kind: 'bug' | 'hang' | 'crash' | 'memory';
    readonly message: string;
  }[];
  /** Of one case, processor time of all threads. */
  readonly mostCpuMs: number;
  readonly peakBytes: number;
}

const CHILD = new URL('./child.ts', import.meta.url);

/** Runs `count` cases; after a hang or a crash it goes on with the next one. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { parser, count, first = 0, cpuMs = 10_000, memoryBytes = 512e6 } = options;
  const faults: FuzzResult['faults'][number][] = [];
  let [read, refused, mostCpuMs, peakBytes] = [0, 0, 0, 0];
  let next = first;
  const end = first + count;
  while (next < end) {
    const start = next;
    await new Promise<void>((resolve) => {
      const child = fork(CHILD, [parser, `${next}`, `${end - next}`, `${cpuMs}`, `${memoryBytes}`], {
        execArgv: ['--import', 'tsx', '--expose-gc'],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      let stderr = '';
      child.stderr?.on('data', (data: Buffer) => {
        stderr = (stderr + data.toString()).slice(-2000);
      });
      let running: number | undefined;
      child.on('message', (report: FuzzReport) => {
        if ('begins' in report) {
          if (report.begins >= 0) running = report.begins;
          return;
        }
        running = undefined;
        next = report.ends + 1;
        mostCpuMs = Math.max(mostCpuMs, report.cpuMs);
        peakBytes = Math.max(peakBytes, report.peakBytes);
        if (report.outcome === 'read') read++;
        else if (report.outcome === 'refused') refused++;
        else faults.push({ case: report.ends, kind: 'bug', message: report.message ?? '' });
      });
      let ended: string | undefined;
      // Reports may still be on their way when the process has ended.
      const settle = () => {
        if (ended === undefined || child.connected) return;
        if (running !== undefined || next < end) {
          const at = running ?? next;
          const kind = kindOf(stderr);
          // The bound is that of a file in a process: what others left in it is not held against this one, which is first in the next.
          const isItsOwn = kind !== 'memory' || at === start;
          if (isItsOwn) faults.push({ case: at, kind, message: `${ended} ${stderr}` });
          next = isItsOwn ? at + 1 : at;
        }
        resolve();
      };
      child.on('disconnect', settle);
      child.on('close', (code, signal) => {
        ended = `${signal ?? code}`;
        settle();
      });
    });
  }
  return { parser, read, refused, faults, mostCpuMs, peakBytes };
}

function kindOf(stderr: string): FuzzResult['faults'][number]['kind'] {
  if (stderr.includes(ENDED.time)) return 'hang';
  return stderr.includes(ENDED.memory) ? 'memory' : 'crash';
}
