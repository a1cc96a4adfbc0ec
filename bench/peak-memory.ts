/** @file The most memory that a process had. peak_memory.py has the same for Python. */

import { readFileSync, writeFileSync } from 'node:fs';

/** From now on the peak counts anew, so that loading is not in it. Where that is not possible, nothing happens. */
export function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not Linux, or not allowed.
  }
}

/**
 * Bytes. The kernel's count for the present program: `maxRSS` of a process starts with that of whoever started it.
 */
export function peakBytes(): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
