/** @file The built command line, as people run it. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type MeasuredProcess, measureProcess } from './measured-process.ts';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** What `graft train --json` prints, as far as it is looked at here. */
export interface TrainReport {
  readonly model: string;
  readonly epochs: number;
  readonly train: { readonly images: number; readonly accuracy: number };
  readonly validation: { readonly images: number; readonly accuracy: number };
  readonly seconds: { readonly features: number; readonly training: number; readonly total: number };
}

/**
 * Runs `graft`, to its end. Not on Windows.
 *
 * @param home - Its cache folder: a fresh one makes a cold start.
 * @throws If it is not built, or fails.
 */
export function runGraft(args: readonly string[], home: string): Promise<MeasuredProcess> {
  if (!existsSync(MAIN)) throw new Error('Graft is not built: run npm run build');
  // By its first line, as a shell runs it.
  return measureProcess(MAIN, args, {
    ...process.env,
    GRAFT_HOME: home,
    NO_COLOR: '1',
  });
}

export function trainReportOf(measured: MeasuredProcess): TrainReport {
  return JSON.parse(measured.output) as TrainReport;
}
