/** @file Runs a parser on damaged files in child processes, each case bounded in time and memory. */

import { fork } from 'node:child_process';
import { processorTimeMs } from '../processor-time.ts';
import type { FuzzReport } from './child.ts';

export interface FuzzOptions {
  readonly parser: string;
  readonly count: number;
  /** Number of the first case: the damage follows from it. Default 0. */
  readonly first?: number;
  /** A case that takes more processor time hangs; so does one that waits twenty times as long. Default 30,000. */
  readonly caseMs?: number;
  /** A child that holds more has run out of bounds. Default 1 GiB. */
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
  readonly slowestMs: number;
  readonly largestRssBytes: number;
}

/** How often is looked for a hang. */
const LOOK_MS = 500;

/** A case that takes no processor time either is waiting for something that never comes. */
const MOST_WAITING = 20;

const CHILD = new URL('./child.ts', import.meta.url);

/** Runs `count` cases; after a hang or a crash it goes on with the next one. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { parser, count, first = 0, caseMs = 30_000, memoryBytes = 2 ** 30 } = options;
  const faults: FuzzResult['faults'][number][] = [];
  let [read, refused, slowestMs, largestRssBytes] = [0, 0, 0, 0];
  let next = first;
  const end = first + count;
  while (next < end) {
    await new Promise<void>((resolve) => {
      const heapMb = Math.ceil(memoryBytes / 2 ** 20);
      const child = fork(CHILD, [parser, `${next}`, `${end - next}`], {
        execArgv: ['--import', 'tsx', `--max-old-space-size=${heapMb}`],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      let stderr = '';
      child.stderr?.on('data', (data: Buffer) => {
        stderr = (stderr + data.toString()).slice(-2000);
      });
      let running: number | undefined;
      let started = 0;
      let stopped: 'hang' | 'memory' | undefined;
      const stop = (kind: 'hang' | 'memory') => {
        stopped = kind;
        child.kill('SIGKILL');
      };
      let timer: NodeJS.Timeout | undefined;
      child.on('message', (report: FuzzReport) => {
        clearInterval(timer);
        if ('begins' in report) {
          if (report.begins < 0) return;
          running = report.begins;
          started = performance.now();
          const { pid } = child;
          const usedMs = (): number => (pid === undefined ? undefined : processorTimeMs(pid)) ?? 0;
          const usedBeforeMs = usedMs();
          timer = setInterval(() => {
            const isBusy = usedMs() - usedBeforeMs > caseMs;
            if (isBusy || performance.now() - started > caseMs * MOST_WAITING) stop('hang');
          }, LOOK_MS);
          return;
        }
        running = undefined;
        next = report.ends + 1;
        slowestMs = Math.max(slowestMs, performance.now() - started);
        largestRssBytes = Math.max(largestRssBytes, report.rssBytes);
        if (report.outcome === 'read') read++;
        else if (report.outcome === 'refused') refused++;
        else faults.push({ case: report.ends, kind: 'bug', message: report.message ?? '' });
        if (report.rssBytes > memoryBytes) {
          running = report.ends;
          stop('memory');
        }
      });
      let ended: string | undefined;
      // Reports may still be on their way when the process has ended.
      const settle = () => {
        if (ended === undefined || child.connected) return;
        clearInterval(timer);
        if (running !== undefined || (next < end && stopped === undefined)) {
          const at = running ?? next;
          faults.push({ case: at, kind: stopped ?? 'crash', message: `${ended} ${stderr}` });
          next = at + 1;
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
  return { parser, read, refused, faults, slowestMs, largestRssBytes };
}
