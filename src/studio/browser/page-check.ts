/** @file A check in the page, in a worker of its own. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { ProgressEvent } from '../../events/training-event.ts';
import type { CheckReport } from '../../inspection/check-report.ts';
import type { CheckCalls } from '../../web/check-images.ts';
import type { CheckEnd, RunningCheck } from '../project/image-check.ts';

/** @param check - Checks the examples as they are when it begins. */
export function startPageCheck(
  check: (calls: CheckCalls) => Promise<CheckReport>,
  onProgress: (progress: ProgressEvent) => void,
): RunningCheck {
  const stop = new AbortController();
  const work = async (): Promise<CheckEnd> => {
    const report = await check({
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'progress') onProgress(event);
      },
    });
    return { report };
  };
  const isStopped = (error: Error): boolean => error instanceof GraftError && error.code === 'interrupted';
  return {
    interrupt: () => stop.abort(),
    ended: work().catch((error: Error) => (isStopped(error) ? {} : { error: error.message })),
  };
}
