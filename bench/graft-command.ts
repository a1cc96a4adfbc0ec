/** @file The built command line, as people run it. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type MeasuredProcess, measureProcess } from './measured-process.ts';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** What `graft train --json` prints, as far as it is looked at here. */
export interface TrainReport {
  readonly model: string;
  readonly epochs: number;
  readonly train: SetReport;
  readonly validation: SetReport;
  readonly seconds: { readonly features: number; readonly training: number; readonly total: number };
}

export interface SetReport {
  readonly examples: number;
  readonly accuracy: number;
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

/** Commits before the present form called the examples `images`. */
export function trainReportOf(measured: MeasuredProcess): TrainReport {
  const report = JSON.parse(measured.output) as TrainReport;
  return { ...report, train: setOf(report.train), validation: setOf(report.validation) };
}

function setOf({ images, ...set }: SetReport & { readonly images?: number }): SetReport {
  return { ...set, examples: set.examples ?? images };
}
