/** @file A check in the page, in a worker of its own. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { ProgressEvent } from '../../events/training-event.ts';
import { check } from '../../web/check.ts';
import type { ImagesByClass } from '../../web/named-images.ts';
import type { CheckEnd, RunningCheck } from '../project/image-check.ts';
import { siteWork } from './site-worker.ts';

/** @param images - As they are when it begins. */
export function startPageCheck(
  images: () => Promise<ImagesByClass>,
  onProgress: (progress: ProgressEvent) => void,
): RunningCheck {
  const stop = new AbortController();
  const work = async (): Promise<CheckEnd> => {
    const report = await check(await images(), {
      ...(await siteWork()),
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
