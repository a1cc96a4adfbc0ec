/** @file A check in a process of its own: `graft check`. */

import type { ProgressEvent } from '../../events/training-event.ts';
import type { CheckReport } from '../../inspection/check-report.ts';
import type { RunEvent } from '../../use-cases/run-event.ts';
import type { CheckEnd, RunningCheck } from '../project/image-check.ts';
import { startGraftWith } from './graft-process.ts';

export interface CheckProcess extends RunningCheck {
  /** Ends it at once. */
  kill(): void;
}

/**
 * @param data - What is checked; it may have to be written before.
 * @param cwd - Where the command line works.
 */
export function startCheck(
  data: Promise<string>,
  cwd: string,
  onProgress: (progress: ProgressEvent) => void,
): CheckProcess {
  let report: CheckReport | undefined;
  const words = data.then((path) => ['check', path, '--json-lines']);
  const process = startGraftWith(words, cwd, (document) => {
    const event = document as RunEvent;
    if (event.type === 'progress') onProgress(event);
    if (event.type === 'result' && event.useCase === 'checkDataset') report = event.report;
  });
  const ended = process.ended.then(({ status, error }): CheckEnd => {
    if (status === 0 && report !== undefined) return { report };
    const isStopped = status === null || status === 130;
    return isStopped ? {} : { error: error || 'The check ended without a word.' };
  });
  return { ended, interrupt: () => process.interrupt(), kill: () => process.kill() };
}
