/** @file What a browser's processes take of the machine: processor time and memory, of all of them together. Linux only. */

import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of `/proc`, 100 a second on all Linux machines. */
const TICK_MS = 10;

const SAMPLE_MS = 500;

/** Milliseconds of processor time that a process and all below it have had so far. */
export function processorMs(root: number): number {
  let ticks = 0;
  for (const pid of processesOf(root)) {
    const stat = textOf(`/proc/${pid}/stat`);
    // The name, in brackets, may hold blanks; user and system time are the 14th and 15th field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks * TICK_MS;
}

export interface BrowserMemory {
  /** Of all processes; memory that they share counts once. */
  readonly totalBytes: number;
  /** Of the largest process that shows a page. */
  readonly pageBytes: number;
}

/**
 * Looks at the memory every half second, until the peak is asked for.
 *
 * @returns Ends it, and gives the most that there was.
 */
export function watchMemory(root: number): () => BrowserMemory {
  let peak: BrowserMemory = { totalBytes: 0, pageBytes: 0 };
  const timer = setInterval(() => {
    const { totalBytes, pageBytes } = memoryOf(root);
    peak = {
      totalBytes: Math.max(peak.totalBytes, totalBytes),
      pageBytes: Math.max(peak.pageBytes, pageBytes),
    };
  }, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

/** At this moment. */
function memoryOf(root: number): BrowserMemory {
  let [totalBytes, pageBytes] = [0, 0];
  for (const pid of processesOf(root)) {
    const bytes = 1024 * Number(/^Pss:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
    totalBytes += bytes;
    if (textOf(`/proc/${pid}/cmdline`).includes('--type=renderer')) pageBytes = Math.max(pageBytes, bytes);
  }
  return { totalBytes, pageBytes };
}

/** The process and all that it started, and they. */
function processesOf(root: number): number[] {
  const found = [root];
  for (const pid of found) {
    for (const thread of threadsOf(pid)) {
      const children = textOf(`/proc/${pid}/task/${thread}/children`);
      found.push(...children.split(' ').filter(Boolean).map(Number));
    }
  }
  return found;
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Nothing, where the process has ended. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
