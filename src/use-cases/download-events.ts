/** @file The download of weights as the engine wants it asked for, and as events. */

import type { FetchWeightsOptions } from '../core/weights/download-options.ts';
import type { StageEvents } from '../events/stage-events.ts';
import type { DownloadProgress } from '../node/download/download.ts';
import type { EventListener } from './run-event.ts';
import type { DownloadPolicy } from './use-case-options.ts';

/** How weights are fetched; remarks become notes. */
export function fetchOptions(policy: DownloadPolicy | undefined, emit: EventListener): FetchWeightsOptions {
  const { trust, refetch } = policy ?? {};
  return { trust, refetch, onNote: (text) => emit({ type: 'note', text }) };
}

/** Tells how far a download is. */
export function tellDownload(stages: StageEvents): (progress: DownloadProgress) => void {
  return ({ receivedBytes, totalBytes }) =>
    stages.update('download', receivedBytes, totalBytes ?? null, 'bytes');
}
