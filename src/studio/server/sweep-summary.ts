/** @file What a sweep left beside the model of its best combination. */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SweepSummary } from '../engine/run-state.ts';
import { parseSweep } from '../project/sweep-summary.ts';

const SWEEP_FILE = 'sweep.json';
/** Thousands of combinations are no more. */
const MAX_BYTES = 32e6;

/** Undefined where a run is of no sweep, or its file cannot be read. */
export async function readSweep(runFolder: string): Promise<SweepSummary | undefined> {
  const path = join(runFolder, SWEEP_FILE);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.size > MAX_BYTES) return undefined;
  return parseSweep(await readFile(path, 'utf8').catch(() => ''));
}
