/** @file How much processor time another process took: what tells a hang from a busy machine. */

import { readFileSync } from 'node:fs';

/** Clock ticks in a second, as Linux tells them to programs, on every machine. */
const TICKS_PER_SECOND = 100;

/**
 * Processor time of a process and all its threads so far, in milliseconds; `undefined` where the system does not tell
 * (everywhere but on Linux), or the process has ended.
 */
export function processorTimeMs(pid: number): number | undefined {
  try {
    // The name, in brackets, may hold anything; behind it are plain fields: state is the third, utime the 14th.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}
